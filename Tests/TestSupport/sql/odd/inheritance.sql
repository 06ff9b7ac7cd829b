-- Several parents, a typed table, and views that need each other.
CREATE TABLE a (id int PRIMARY KEY, x text DEFAULT 'a'); CREATE TABLE b (y int, x text DEFAULT 'b'); CREATE TABLE ab (z int, x text DEFAULT 'ab') INHERITS (a, b);
CREATE TABLE ab2 () INHERITS (ab); ALTER TABLE a ADD COLUMN late int DEFAULT 5; ALTER TABLE ab2 ALTER x SET DEFAULT 'own'; ALTER TABLE a ADD CONSTRAINT noi CHECK (id < 1000) NO INHERIT;
INSERT INTO a VALUES (1, 'p', 1); INSERT INTO b VALUES (1, 'q'); INSERT INTO ab (id, x, y, z) VALUES (1, 'r', 2, 3), (1, 'r', 2, 3); INSERT INTO ab2 (id, z) VALUES (5, 5);
CREATE TYPE row_t AS (k int, v text); CREATE TABLE typed OF row_t (k WITH OPTIONS PRIMARY KEY, v WITH OPTIONS DEFAULT 'd'); INSERT INTO typed VALUES (1, 'x');
CREATE RULE r AS ON INSERT TO b WHERE new.y = 77 DO INSTEAD INSERT INTO a VALUES (777, 'by rule', 0);
CREATE VIEW cyc AS SELECT id FROM a; CREATE FUNCTION f() RETURNS SETOF cyc LANGUAGE sql AS 'SELECT id FROM a'; CREATE OR REPLACE VIEW cyc AS SELECT id FROM f();
CREATE VIEW grp AS SELECT id, x FROM a GROUP BY id; CREATE VIEW grp2 AS SELECT * FROM grp;
-- Meanwhile:
UPDATE a SET x = 'all'; DELETE FROM ONLY ab WHERE ctid = (SELECT min(ctid) FROM ONLY ab); INSERT INTO b VALUES (77, 'z'), (78, 'z'); UPDATE typed SET v = 'y';
