-- Keys whose equal values are written in more than one way, and keys that are none.
CREATE TABLE ci (k float8 PRIMARY KEY, v text); INSERT INTO ci VALUES ('NaN', 'a'), ('0', 'b'), ('Infinity', 'c'), (0.1, 'd');
CREATE TABLE nu (k numeric PRIMARY KEY, v text); INSERT INTO nu VALUES (1.0, 'a'), (1.10, 'b'), ('NaN', 'c'), (0, 'd');
CREATE TABLE bp (k char(5) PRIMARY KEY, v text); INSERT INTO bp VALUES ('a', 'x'), ('b    ', 'y'), ('', 'z');
CREATE TABLE jb (k jsonb PRIMARY KEY, v text); INSERT INTO jb VALUES ('{"a": 1.0}', 'x'), ('{"b": "\u00e9"}', 'y');
CREATE TABLE iv (k interval PRIMARY KEY, v text); INSERT INTO iv VALUES ('1 day', 'x'), ('1 mon', 'y');
CREATE TABLE tz (k timetz PRIMARY KEY, v text); INSERT INTO tz VALUES ('12:00+01', 'x'), ('12:00+02', 'y');
CREATE TABLE dn (a int, b int, v text, UNIQUE NULLS NOT DISTINCT (a, b)); INSERT INTO dn VALUES (1, NULL, 'x'), (NULL, NULL, 'y');
CREATE TABLE df (k int PRIMARY KEY DEFERRABLE INITIALLY DEFERRED, v text); INSERT INTO df SELECT g, 'v' FROM generate_series(1, 10) g;
CREATE TABLE ex (k int4range, v text, EXCLUDE USING gist (k WITH &&)); INSERT INTO ex VALUES ('[1,5)', 'a'), ('[5,9)', 'b');
CREATE TABLE uq (k int NOT NULL UNIQUE, v text); INSERT INTO uq SELECT g, 'v' || g FROM generate_series(1, 20) g;
CREATE TABLE pu (k int, v text); CREATE UNIQUE INDEX ON pu (k) WHERE v <> 'many'; INSERT INTO pu VALUES (1, 'a'), (1, 'many'), (1, 'many'), (2, 'b');
CREATE TABLE eu (k text, v text); CREATE UNIQUE INDEX ON eu (lower(k)); INSERT INTO eu VALUES ('A', 'x'), ('b', 'y'), (NULL, 'z'), (NULL, 'z');
CREATE TABLE inc (k int, v text, UNIQUE (k) INCLUDE (v)); INSERT INTO inc VALUES (1, 'a'), (NULL, 'b');
-- Meanwhile:
UPDATE ci SET v = v || '!' WHERE k = 'NaN'; UPDATE ci SET k = '-0' WHERE k = 0; UPDATE nu SET k = 1.00 WHERE k = 1.0; UPDATE nu SET v = 'n' WHERE k = 'NaN'; UPDATE bp SET v = 'new' WHERE k = 'a'; UPDATE bp SET k = 'c' WHERE k = '';
UPDATE jb SET k = '{"a": 1.00}' WHERE v = 'x'; UPDATE iv SET k = '24:00:00' WHERE v = 'x'; UPDATE tz SET k = '13:00+02' WHERE v = 'x';
UPDATE dn SET v = 'w' WHERE a IS NULL; DELETE FROM dn WHERE a = 1; INSERT INTO dn VALUES (1, NULL, 'again');
UPDATE df SET k = 11 - k; UPDATE ex SET k = '[0,4)' WHERE v = 'a'; UPDATE ex SET k = '[4,9)' WHERE v = 'b'; UPDATE uq SET k = -k; UPDATE uq SET k = -k - 1;
DELETE FROM pu WHERE ctid = (SELECT min(ctid) FROM pu WHERE v = 'many'); UPDATE pu SET k = 7 WHERE v = 'b'; UPDATE pu SET v = 'many' WHERE v = 'a'; UPDATE eu SET k = 'C' WHERE k = 'A'; UPDATE eu SET k = 'a' WHERE k = 'b'; DELETE FROM eu WHERE ctid = (SELECT min(ctid) FROM eu WHERE k IS NULL); UPDATE inc SET v = 'c';
