-- What the sessions of a random history write to: small, and of every kind that rounds treat in a way of its own.
SET timezone = 'UTC';

-- A key, and values that are kept out of line.
CREATE TABLE keyed (id int PRIMARY KEY, body text NOT NULL, big text, seen timestamptz);
INSERT INTO keyed SELECT g, 'row ' || g, CASE WHEN g % 50 = 0 THEN (SELECT string_agg(md5(g || ' ' || i), '') FROM generate_series(1, 250) i) END
FROM generate_series(1, 3000) g;
CREATE INDEX keyed_body ON keyed (body);
-- CLUSTER by another index would change the schema, and a read-only session may do that.
ALTER TABLE keyed CLUSTER ON keyed_body;

-- Neither a key nor rows that differ, as in Backstage's largest tables.
CREATE TABLE keyless (a int, b text);
INSERT INTO keyless SELECT g % 60, CASE WHEN g % 7 > 0 THEN 'copy ' || g % 3 END FROM generate_series(1, 2000) g;
CREATE INDEX keyless_a ON keyless (a);
ALTER TABLE keyless CLUSTER ON keyless_a;

CREATE TABLE paired (a int, b text, note text, PRIMARY KEY (a, b));
INSERT INTO paired SELECT g % 100, 'b' || g / 100, 'note ' || g FROM generate_series(1, 1000) g;

CREATE TABLE parents (id int PRIMARY KEY, note text);
CREATE TABLE children (id bigserial PRIMARY KEY, parent int NOT NULL REFERENCES parents ON UPDATE CASCADE ON DELETE CASCADE, note text);
INSERT INTO parents SELECT g, 'parent ' || g FROM generate_series(1, 300) g;
INSERT INTO children (parent, note) SELECT 1 + g % 300, 'child ' || g FROM generate_series(1, 900) g;

CREATE TABLE parted (id int, place int, body text, PRIMARY KEY (id, place)) PARTITION BY RANGE (place);
CREATE TABLE parted_low PARTITION OF parted FOR VALUES FROM (MINVALUE) TO (100);
CREATE TABLE parted_high PARTITION OF parted FOR VALUES FROM (100) TO (200) PARTITION BY HASH (id);
CREATE TABLE parted_high_0 PARTITION OF parted_high FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE parted_high_1 PARTITION OF parted_high FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE TABLE parted_rest PARTITION OF parted DEFAULT;
INSERT INTO parted SELECT g, g % 300, 'part ' || g FROM generate_series(1, 1500) g;

CREATE TABLE ancestors (id int, note text);
CREATE TABLE heirs (more text) INHERITS (ancestors);
INSERT INTO ancestors SELECT g, 'a' || g FROM generate_series(1, 200) g;
INSERT INTO heirs SELECT g, 'h' || g, 'more' FROM generate_series(1, 200) g;

CREATE UNLOGGED TABLE scratch (id int PRIMARY KEY, body text);
INSERT INTO scratch SELECT g, 's' || g FROM generate_series(1, 300) g;

CREATE TABLE computed (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, a int, twice int GENERATED ALWAYS AS (a * 2) STORED);
INSERT INTO computed (a) SELECT g FROM generate_series(1, 300) g;

CREATE TABLE spans (during int4range NOT NULL, EXCLUDE USING gist (during WITH &&));
INSERT INTO spans SELECT int4range(g * 10, g * 10 + 4) FROM generate_series(1, 200) g;

-- Rows that hold nothing.
CREATE TABLE bare ();
INSERT INTO bare SELECT FROM generate_series(1, 20);

CREATE TABLE audit (what text, at timestamptz DEFAULT clock_timestamp());
CREATE FUNCTION note_deletion() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN INSERT INTO public.audit (what) VALUES (OLD.id); RETURN NULL; END$$;
CREATE TRIGGER deleted AFTER DELETE ON keyed FOR EACH ROW EXECUTE FUNCTION note_deletion();

CREATE TABLE objects (id oid PRIMARY KEY, note text);
INSERT INTO objects SELECT lo_from_bytea(0, convert_to('object ' || g, 'UTF8')) FROM generate_series(1, 10) g;

CREATE SEQUENCE numbers;
SELECT setval('numbers', 41);

-- Two relations, since servers of different versions name the columns of one alone differently.
CREATE MATERIALIZED VIEW totals AS SELECT k.a, count(*) AS copies FROM keyless k CROSS JOIN (SELECT 1 AS one) o GROUP BY k.a;
CREATE UNIQUE INDEX ON totals (a);

-- Written to by whoever lifts the fence for himself.
CREATE TABLE lifted (serial bigint PRIMARY KEY);

VACUUM ANALYZE;
