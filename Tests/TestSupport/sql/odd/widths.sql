-- Many columns, dropped columns, wide rows, sparse pages, and every control character.
SELECT format('CREATE TABLE wide (%s)', string_agg(format('c%s int DEFAULT %s', g, g), ', ')) FROM generate_series(1, 1500) g \gexec
INSERT INTO wide DEFAULT VALUES; INSERT INTO wide DEFAULT VALUES;
SELECT format('ALTER TABLE wide %s', string_agg(format('DROP c%s', g), ', ')) FROM generate_series(1, 700) g \gexec
CREATE TABLE big (id int PRIMARY KEY, body text); ALTER TABLE big ALTER body SET STORAGE EXTERNAL; INSERT INTO big SELECT g, repeat(md5(g::text), 40000) FROM generate_series(1, 5) g;
CREATE TABLE fill (a int) WITH (fillfactor = 10); INSERT INTO fill SELECT generate_series(1, 10000);
CREATE TABLE bytes (b bytea); INSERT INTO bytes SELECT decode(string_agg(lpad(to_hex(g), 2, '0'), ''), 'hex') FROM generate_series(0, 255) g;
CREATE TABLE ctl (t text); INSERT INTO ctl SELECT chr(g) || 'x' || chr(g) FROM generate_series(1, 300) g WHERE g NOT BETWEEN 55296 AND 57343; INSERT INTO ctl VALUES (U&'\+01F600'), (E'\\N'), (E'\\.'), ('\.'), ('');
-- Meanwhile:
UPDATE wide SET c1500 = 7 WHERE ctid = (SELECT min(ctid) FROM wide); UPDATE big SET id = id + 100 WHERE id = 2; UPDATE big SET body = body || '!' WHERE id = 3; DELETE FROM fill WHERE a % 7 = 0; UPDATE fill SET a = -a WHERE a % 5 = 0; INSERT INTO bytes SELECT b || b FROM bytes; DELETE FROM ctl WHERE t LIKE 'a%' OR t = E'\\.' OR t < '0'; INSERT INTO ctl VALUES (E'\\.\n'), (E'\r'), (NULL);
