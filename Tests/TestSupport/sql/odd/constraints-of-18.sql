-- Constraints that are not enforced or not valid, and named NOT NULLs that are inherited.
-- Since 18.
CREATE TABLE p (id int PRIMARY KEY, a int CONSTRAINT a_small CHECK (a < 1000) NOT ENFORCED, b text);
INSERT INTO p SELECT g, g * 100, 'x' FROM generate_series(1, 50) g;
CREATE TABLE c (id int PRIMARY KEY, p int CONSTRAINT loose REFERENCES p NOT ENFORCED);
INSERT INTO c VALUES (1, 999), (2, 1);
CREATE TABLE n (a int, b int); INSERT INTO n VALUES (NULL, 1), (2, 2);
ALTER TABLE n ADD CONSTRAINT a_there NOT NULL a NOT VALID;
CREATE TABLE parent (a int NOT NULL, b int); CREATE TABLE child () INHERITS (parent); ALTER TABLE child ALTER b SET NOT NULL;
CREATE TABLE parent2 (a int CONSTRAINT mine NOT NULL NO INHERIT); CREATE TABLE child2 (CONSTRAINT other NOT NULL a) INHERITS (parent2);
INSERT INTO child VALUES (1, 2);
CREATE UNIQUE INDEX u ON p (b) WHERE b <> 'x';
CREATE TABLE pk (a int NOT NULL); ALTER TABLE pk ADD PRIMARY KEY (a);
-- Meanwhile:
INSERT INTO p VALUES (51, 9999, 'z'); INSERT INTO c VALUES (3, 12345); DELETE FROM n WHERE a = 2; INSERT INTO child VALUES (5, 6); INSERT INTO parent2 VALUES (1);
