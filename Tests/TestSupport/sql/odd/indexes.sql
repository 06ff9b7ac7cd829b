-- Tables whose rows are told apart by nothing but indexes that are of no help.
CREATE TABLE e1 (k text, v text); CREATE INDEX ON e1 (lower(k)); INSERT INTO e1 VALUES ('A', 'x'), ('b', 'y'), (NULL, 'z'), (NULL, 'z');
CREATE TABLE e2 (k text, v text); CREATE INDEX ON e2 (lower(k), v); CREATE INDEX ON e2 (v) WHERE k IS NULL; INSERT INTO e2 SELECT * FROM e1;
CREATE TABLE e3 (k text, v text); CREATE INDEX ON e3 USING hash (v); CREATE INDEX ON e3 USING brin (k); INSERT INTO e3 SELECT * FROM e1;
CREATE TABLE e4 (k text, v bigint); CREATE INDEX ON e4 (v DESC NULLS LAST, k COLLATE "C" text_pattern_ops); INSERT INTO e4 SELECT g::text, g % 3 FROM generate_series(1, 1000) g; INSERT INTO e4 VALUES (NULL, NULL), (NULL, NULL);
CREATE DOMAIN dk AS text; CREATE TABLE e5 (k dk PRIMARY KEY, v int); INSERT INTO e5 VALUES ('a', 1), ('b', 2);
CREATE TABLE e6 (a text COLLATE "C" , b int, PRIMARY KEY (b, a) INCLUDE (b)) ; 
CREATE TABLE e7 (k int[]); CREATE INDEX ON e7 USING gin (k); INSERT INTO e7 VALUES ('{1}'), ('{1}'), ('{}'), (NULL);
CREATE TABLE e8 (r int4range PRIMARY KEY, v text); INSERT INTO e8 VALUES ('[1,2)', 'a'), ('empty', 'b'); CREATE TABLE e9 (k oid PRIMARY KEY, c "char" UNIQUE, n name); INSERT INTO e9 VALUES (4294967295, 'a', 'n'), (0, '', '');
CREATE TABLE e10 (k uuid PRIMARY KEY, t tsvector, b bytea); INSERT INTO e10 VALUES ('00000000-0000-0000-0000-000000000001', 'a:1', '\x');
-- Meanwhile:
DELETE FROM e1 WHERE k = 'A'; DELETE FROM e1 WHERE ctid = (SELECT min(ctid) FROM e1 WHERE k IS NULL); INSERT INTO e1 VALUES ('b', 'y'); DELETE FROM e2 WHERE k IS NULL; UPDATE e2 SET v = v || 'x'; DELETE FROM e3 WHERE v = 'z'; DELETE FROM e4 WHERE v = 1 AND k::int < 500; DELETE FROM e4 WHERE ctid = (SELECT min(ctid) FROM e4 WHERE k IS NULL); UPDATE e5 SET v = 5 WHERE k = 'a'; INSERT INTO e6 VALUES ('x', 1); DELETE FROM e7 WHERE ctid = (SELECT min(ctid) FROM e7); UPDATE e8 SET v = 'c' WHERE isempty(r); DELETE FROM e9 WHERE k = 0; UPDATE e9 SET c = E'\\' WHERE k > 0; UPDATE e10 SET b = '\x00', t = 'b:2A';
