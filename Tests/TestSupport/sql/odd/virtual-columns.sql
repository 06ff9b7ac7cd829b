-- Columns that are computed when they are read.
-- Since 18.
CREATE TABLE v (id int PRIMARY KEY, a int, b int GENERATED ALWAYS AS (a * 2) VIRTUAL, c int GENERATED ALWAYS AS (a + 1) STORED, d text);
INSERT INTO v (id, a, d) SELECT g, g, 'x' || g FROM generate_series(1, 100) g;
CREATE TABLE nokey (a int, b int GENERATED ALWAYS AS (a * 2) VIRTUAL);
INSERT INTO nokey (a) VALUES (1), (1), (2);
CREATE TABLE onlyvirtual (b int GENERATED ALWAYS AS (7) VIRTUAL);
INSERT INTO onlyvirtual DEFAULT VALUES; INSERT INTO onlyvirtual DEFAULT VALUES;
-- Meanwhile:
UPDATE v SET a = a + 1 WHERE id < 10; DELETE FROM v WHERE id = 50; INSERT INTO v (id, a) VALUES (1000, 5);
DELETE FROM nokey WHERE a = 2; INSERT INTO nokey (a) VALUES (1), (9); INSERT INTO onlyvirtual DEFAULT VALUES;
