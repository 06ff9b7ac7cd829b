-- A value of nearly every type, at its edges.
CREATE TYPE mood AS ENUM ('sad', 'happy'); ALTER TYPE mood ADD VALUE 'meh' BEFORE 'happy'; ALTER TYPE mood ADD VALUE '' AFTER 'sad'; ALTER TYPE mood ADD VALUE 'it''s' ;
CREATE TYPE pair AS (a int, b text, gone int, m mood); ALTER TYPE pair DROP ATTRIBUTE gone; ALTER TYPE pair ADD ATTRIBUTE late date;
CREATE DOMAIN posint AS int CHECK (VALUE > 0) NOT NULL; CREATE DOMAIN pairs AS pair[] CHECK (cardinality(VALUE) < 9);
CREATE TYPE fr AS RANGE (subtype = float8, subtype_diff = float8mi);
CREATE TABLE t (id int, m mood, p pair, ps pairs, d posint[], r fr, mr fr_multirange, o oid, rc regclass, rp regprocedure, rt regtype, rn regnamespace, x xid8, lsn pg_lsn, ch "char", nm name, tid tid, i2 int2vector, ov oidvector, b bit(5), vb varbit, mo money, jp jsonpath, ts tsvector, tq tsquery, iv interval, c cidr, ine inet, mac macaddr8, pt point, pa path, po polygon, ci circle, f4 float4, f8 float8, nu numeric, ti timetz, dt date, tst timestamptz, by bytea, arr text[], arr2 int[][], by2 bytea[]);
INSERT INTO t (id, m, p, ps, d, r, mr, o, rc, rp, rt, rn, x, lsn, ch, nm, tid, i2, ov, b, vb, mo, jp, ts, tq, iv, c, ine, mac, pt, pa, po, ci, f4, f8, nu, ti, dt, tst, by, arr, arr2, by2) VALUES
(1, 'meh', '(1,"a,""b""\\","sad",2026-01-01)', ARRAY['(1,x,"",)']::pair[]::pairs, ARRAY[1,2]::posint[], '[1,2)', '{[1,2),[3,4)}', 99999, 't', 'lower(text)', 'mood', 'public', '12345678901', '16/B374D848', 'x', 'näme', '(1,2)', '1 2 3', '4 5', '10101', '1', 12.34, '$.a[*] ? (@ > 1)', to_tsvector('simple', 'a:b ''c'' \d'), 'a & b | !c', '-1 mon +2 days -03:04:05.6', '10/8', '::1/64', '08:00:2b:01:02:03:04:05', '(1.1,NaN)', '[(0,0),(1,1)]', '((0,0),(1,1),(2,0))', '<(0,0),Infinity>', 'NaN', '-0', 'NaN', '12:00+05:30', '4713-01-01 BC', 'infinity', '\x00ff5c', ARRAY['NULL', NULL, '', 'a"b\c{,}', E'\n\t'], '[2:3][0:1]={{1,2},{3,4}}', ARRAY['\x00'::bytea, NULL]);
INSERT INTO t (id, nu, f8, f4, tst, dt, iv) VALUES (2, '1e1000', '1.7976931348623157e308', '1.17549435e-38', '-infinity', 'infinity', '178000000 years'), (3, 'Infinity', '5e-324', 0.1, '0001-01-01 00:00:00.000001+00 BC', '5874897-12-31', '00:00:00.000001');
CREATE TABLE sorted (m mood PRIMARY KEY, p pair UNIQUE); INSERT INTO sorted VALUES ('happy', '(1,b,,)'), ('sad', '(1,a,,)'), ('', NULL), ('it''s', '(,,,)');
CREATE TABLE arrk (k text[] PRIMARY KEY, n numeric(5,2), v numeric); INSERT INTO arrk VALUES ('{}', 1.10, 1.10), ('{{a},{b}}', 2, 2.000), ('[0:1]={a,b}', NULL, 1.1);
-- Meanwhile:
UPDATE t SET m = 'happy', p.b = 'changed' WHERE id = 1; DELETE FROM t WHERE id = 2; INSERT INTO t (id, ch, ps) VALUES (4, '\', ARRAY[]::pair[]::pairs);
UPDATE sorted SET p = '(2,"(x)",it''s,2026-02-02)' WHERE m = ''; DELETE FROM sorted WHERE m = 'it''s'; INSERT INTO sorted VALUES ('meh', NULL);
UPDATE arrk SET v = 1.100 WHERE k = '{}'; UPDATE arrk SET k = '{{a},{c}}' WHERE n = 2; DELETE FROM arrk WHERE n IS NULL; INSERT INTO arrk VALUES ('{NULL,"NULL"}', 0, 0.0);
