-- Partitions of several depths, with columns in another order, and one that is detached meanwhile.
CREATE TYPE e AS ENUM ('a', 'b', 'c');
CREATE TABLE r (gone int, id bigint GENERATED ALWAYS AS IDENTITY, k e, d date, v text DEFAULT 'root') PARTITION BY LIST (k); ALTER TABLE r DROP gone;
CREATE TABLE r_a PARTITION OF r FOR VALUES IN ('a') PARTITION BY RANGE (d);
CREATE TABLE r_a_1 (v text DEFAULT 'leaf', d date, junk int, k e, id bigint NOT NULL); ALTER TABLE r_a_1 DROP junk; ALTER TABLE r_a ATTACH PARTITION r_a_1 FOR VALUES FROM (MINVALUE) TO ('2026-01-01');
CREATE TABLE r_a_2 PARTITION OF r_a DEFAULT PARTITION BY HASH (id);
CREATE TABLE r_a_2_0 PARTITION OF r_a_2 FOR VALUES WITH (MODULUS 2, REMAINDER 0); CREATE TABLE r_a_2_1 PARTITION OF r_a_2 FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE TABLE r_rest PARTITION OF r DEFAULT WITH (fillfactor = 50);
CREATE INDEX r_v ON r (v); CREATE INDEX only_root ON ONLY r (d); ALTER TABLE r_rest ADD CONSTRAINT extra CHECK (v <> 'bad');
CREATE TABLE s (a int, b int) PARTITION BY RANGE (a, (b + 1)); CREATE TABLE s1 PARTITION OF s FOR VALUES FROM (1, MINVALUE) TO (10, MAXVALUE); CREATE TABLE s_empty (a int, b int) PARTITION BY LIST (a);
INSERT INTO r (k, d, v) SELECT (ARRAY['a', 'b', 'c', NULL])[g % 4 + 1]::e, '2025-12-25'::date + g, 'v' || g FROM generate_series(1, 60) g;
INSERT INTO s SELECT g % 9 + 1, g FROM generate_series(1, 30) g;
CREATE TABLE refd (id int PRIMARY KEY) PARTITION BY HASH (id); CREATE TABLE refd0 PARTITION OF refd FOR VALUES WITH (MODULUS 1, REMAINDER 0); INSERT INTO refd SELECT generate_series(1, 9);
CREATE TABLE refs (r int REFERENCES refd ON DELETE SET NULL); INSERT INTO refs VALUES (1), (2), (NULL);
-- Meanwhile:
UPDATE r SET k = 'a' WHERE k = 'b' AND id < 20; UPDATE r SET d = '2025-01-01' WHERE k = 'a' AND id > 40; DELETE FROM r WHERE k IS NULL AND id < 30; INSERT INTO r (k, d) VALUES ('c', '2030-01-01'), ('a', NULL);
UPDATE s SET a = 10 - a; DELETE FROM refd WHERE id = 1; ALTER TABLE s DETACH PARTITION s1;
