-- One database with every kind of object and every kind of value that a migration must bring over unchanged.
-- For psql, PostgreSQL 15 and later, as superuser. Deterministic: no now(), no random().
SET client_min_messages = warning;
SET timezone = 'UTC';

-- Schemas, types, domains ---------------------------------------------------------------------------------------

CREATE SCHEMA "sonataflow-platform-jobs-service";
CREATE SCHEMA "Mixed Case ""quoted"" schema";
CREATE SCHEMA empty_schema;
COMMENT ON SCHEMA "sonataflow-platform-jobs-service" IS 'It''s a schema with a hyphen';

CREATE TYPE "sonataflow-platform-jobs-service".job_status AS ENUM
    ('SCHEDULED', 'EXECUTED', 'it''s "quoted"', 'RETRY', 'CANCELED');
ALTER TYPE "sonataflow-platform-jobs-service".job_status ADD VALUE 'ERROR' BEFORE 'RETRY';
COMMENT ON TYPE "sonataflow-platform-jobs-service".job_status IS 'state of a job';
CREATE TYPE public.point3 AS (x double precision, y double precision, "Z axis" numeric(10,3));
COMMENT ON COLUMN public.point3.x IS 'to the right';
CREATE TYPE public.float_range AS RANGE (subtype = double precision, subtype_diff = float8mi);
CREATE DOMAIN public.positive AS integer DEFAULT 1 CONSTRAINT is_positive CHECK (VALUE > 0);
CREATE DOMAIN public.email AS text COLLATE "C" CONSTRAINT has_at CHECK (VALUE ~ '@') NOT NULL;
COMMENT ON DOMAIN public.positive IS 'more than nothing';
COMMENT ON CONSTRAINT is_positive ON DOMAIN public.positive IS 'zero is not positive';

CREATE COLLATION public.posix_order FROM "C";
COMMENT ON COLLATION public.posix_order IS 'byte by byte';

-- Functions, procedures, aggregates, operators, casts -----------------------------------------------------------

-- The body holds, verbatim, what a splitter of dumps could take for its own.
CREATE FUNCTION public.looks_like_a_dump(value integer) RETURNS integer
    LANGUAGE plpgsql IMMUTABLE STRICT AS $function$
BEGIN
    /*
SET transaction_timeout = 0;
\restrict abc
--
-- Name: x; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.x (id integer);
\unrestrict abc
    */
    RETURN value * 2; -- $$ and 'quotes' and "names";
END;
$function$;
COMMENT ON FUNCTION public.looks_like_a_dump(integer) IS E'line one\nSET transaction_timeout = 0;\n\\restrict abc';

CREATE FUNCTION public.next_ticket() RETURNS text LANGUAGE sql VOLATILE AS
    $$ SELECT 'ticket-' || lpad('7', 5, '0') $$;
CREATE FUNCTION public.sql_standard_body(a integer, b integer DEFAULT 5) RETURNS integer
    LANGUAGE sql IMMUTABLE BEGIN ATOMIC SELECT a + b; END;
CREATE FUNCTION public.rows_of(n integer) RETURNS TABLE (id integer, label text)
    LANGUAGE sql STABLE ROWS 10 COST 50 SET work_mem = '1MB' AS
    $$ SELECT i, 'row ' || i FROM generate_series(1, n) AS i $$;
CREATE PROCEDURE public.do_nothing(INOUT counter integer) LANGUAGE plpgsql SECURITY DEFINER AS
    $$ BEGIN counter := counter + 1; END $$;
COMMENT ON PROCEDURE public.do_nothing(integer) IS 'adds one';

CREATE AGGREGATE public.concatenated(text) (SFUNC = textcat, STYPE = text, INITCOND = '');
COMMENT ON AGGREGATE public.concatenated(text) IS 'one after the other';

CREATE FUNCTION public.point3_length(p public.point3) RETURNS double precision LANGUAGE sql IMMUTABLE STRICT AS
    $$ SELECT sqrt((p).x ^ 2 + (p).y ^ 2 + (p)."Z axis"::double precision ^ 2) $$;
CREATE FUNCTION public.point3_shorter(a public.point3, b public.point3) RETURNS boolean
    LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT public.point3_length(a) < public.point3_length(b) $$;
CREATE OPERATOR public.<<# (LEFTARG = public.point3, RIGHTARG = public.point3, FUNCTION = public.point3_shorter);
COMMENT ON OPERATOR public.<<# (public.point3, public.point3) IS 'is shorter than';
CREATE CAST (public.point3 AS double precision) WITH FUNCTION public.point3_length(public.point3);

CREATE FUNCTION public.reverse_compare(a integer, b integer) RETURNS integer LANGUAGE sql IMMUTABLE STRICT AS
    $$ SELECT btint4cmp(b, a) $$;
CREATE OPERATOR FAMILY public.reversed_ops USING btree;
CREATE OPERATOR CLASS public.reversed_int4 FOR TYPE integer USING btree FAMILY public.reversed_ops AS
    OPERATOR 1 > , OPERATOR 2 >= , OPERATOR 3 = , OPERATOR 4 <= , OPERATOR 5 < ,
    FUNCTION 1 public.reverse_compare(integer, integer);

-- Text search ---------------------------------------------------------------------------------------------------

CREATE TEXT SEARCH DICTIONARY public.plain_words (TEMPLATE = simple, STOPWORDS = english, ACCEPT = false);
CREATE TEXT SEARCH CONFIGURATION public.service_names (COPY = simple);
ALTER TEXT SEARCH CONFIGURATION public.service_names ALTER MAPPING FOR asciiword WITH public.plain_words, simple;
COMMENT ON TEXT SEARCH CONFIGURATION public.service_names IS 'names of services';

-- Every type of value -------------------------------------------------------------------------------------------

CREATE TABLE public.every_type (
    id integer PRIMARY KEY,
    small smallint, big bigint, exact numeric, scaled numeric(12,4), single real, double double precision,
    cash money, flag boolean, letter "char", fixed character(8), varying character varying(40), free text,
    raw bytea, day date, moment time(3), zoned_moment timetz, instant timestamp, zoned_instant timestamptz(3),
    span interval, address inet, network cidr, mac macaddr, mac8 macaddr8, bits bit(5), more_bits bit varying,
    identifier uuid, document json, binary_document jsonb, words tsvector, query tsquery,
    place point, line line, segment lseg, area box, track path, shape polygon, disc circle,
    whole_numbers int4range, long_numbers int8range, amounts numrange, days daterange,
    instants tsrange, zoned_instants tstzrange, many_numbers int4multirange, many_days datemultirange,
    floats public.float_range, numbers integer[], grid text[][], shifted integer[], stamps timestamptz[],
    lsn pg_lsn, status "sonataflow-platform-jobs-service".job_status,
    statuses "sonataflow-platform-jobs-service".job_status[], position public.point3, positions public.point3[],
    count public.positive, contact public.email DEFAULT 'nobody@example.com', kind regtype, path jsonpath,
    snapshot pg_snapshot, object_id oid
);
INSERT INTO public.every_type (id) VALUES (0);
INSERT INTO public.every_type VALUES (
    1, -32768, 9223372036854775807, 'NaN', -12345678.9012, 'Infinity', '-Infinity',
    -1234567.89, true, 'x', 'ab', E'tab\there', E'back\\slash, new\nline, return\r, bell\u0007, \\N, \\., quote '' and "',
    '\x00ff5c0a0d09', '-infinity', '23:59:59.999', '12:00:00+02', '4713-01-01 00:00:00 BC', 'infinity',
    '-1 years -2 mons +3 days -04:05:06.789', '::ffff:10.0.0.1/120', '192.168.0.0/16', '08:00:2b:01:02:03',
    '08:00:2b:01:02:03:04:05', B'10101', B'', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11',
    '{"b":  1, "a": [1,2,  {"x": "\u00e4"}], "b": 2}', '{"b": 1e2, "a": [null, true, 1.10]}',
    '''it'':1A ''b\\c'':2', '''fat'' & !(''rat'' | ''cat'':*)', '(1.5,-2)', '{1,2,3}', '[(0,0),(1,1)]',
    '((1,1),(0,0))', '[(0,0),(1,1),(2,0)]', '((0,0),(1,1),(2,0))', '<(0,0),5>',
    '[1,10)', '(,5]', '[0.5,)', '[2024-01-01,2024-02-29)',
    '["2024-01-01 00:00:00",infinity]', '(,"2024-01-01 00:00:00+00")', '{[1,3),[5,8)}', '{}',
    '[0.1,0.30000000000000004]', '{1,NULL,-3}', '{{"a","b\"c"},{"NULL",NULL}}', '[-1:1]={1,2,3}',
    '{"2024-01-01 12:00:00+00",infinity}', '16/B374D848', 'it''s "quoted"',
    '{SCHEDULED,"it''s \"quoted\"",ERROR}', '(1.5,-2.25,3.125)', '{"(1,2,3)",NULL,"(NaN,Infinity,)"}',
    42, 'somebody@example.com', 'integer', '$.a[*] ? (@ > 1)', '10:20:10,14,15', 4294967295
);
INSERT INTO public.every_type (id, double, single, exact, free, varying, fixed, numbers, instant, zoned_instant)
SELECT i, i / 3.0::float8, (i / 7.0)::real, power(10::numeric, i % 60) + 0.000000000000000000001,
    CASE i % 4 WHEN 0 THEN '' WHEN 1 THEN NULL WHEN 2 THEN repeat(chr(127) || '✓🙂ß', i % 50) ELSE E'\\x41\\b\\t' END,
    'Grüße ' || i, i::text, ARRAY[i, i + 1], timestamp '2024-02-29 23:59:59.999999' + i * interval '1 hour',
    timestamptz '1999-12-31 23:59:59.999+00' - i * interval '1 day'
FROM generate_series(2, 500) AS i;
COMMENT ON TABLE public.every_type IS E'two\nlines; with a "quote" and a back\\slash';
COMMENT ON COLUMN public.every_type.free IS 'anything goes';

-- Columns that compute themselves, sequences --------------------------------------------------------------------

CREATE TABLE public.documents (
    type text NOT NULL, document jsonb NOT NULL,
    hash bytea GENERATED ALWAYS AS (decode(md5(document ->> 'title'), 'hex')) STORED,
    weight numeric(10,2) NOT NULL, doubled numeric GENERATED ALWAYS AS (weight * 2) STORED,
    body tsvector NOT NULL GENERATED ALWAYS AS (
        setweight(to_tsvector('english', document ->> 'title'), 'A') || to_tsvector('english', document ->> 'text')) STORED,
    after text DEFAULT public.next_ticket()
);
ALTER TABLE public.documents DROP COLUMN weight CASCADE;
ALTER TABLE public.documents ADD COLUMN weight numeric(10,2) NOT NULL DEFAULT 0;
ALTER TABLE public.documents ADD COLUMN doubled numeric GENERATED ALWAYS AS (weight * 2) STORED;
INSERT INTO public.documents (type, document, weight)
SELECT (ARRAY['software-catalog', 'techdocs', 'adr'])[i % 3 + 1],
    jsonb_build_object('title', 'Service number ' || i, 'text', 'The quick brown foxes of team ' || i % 17 || ' jump'),
    i * 1.25
FROM generate_series(1, 800) AS i;
ALTER TABLE public.documents ADD CONSTRAINT documents_pkey PRIMARY KEY (hash);
CREATE INDEX documents_body ON public.documents USING gin (body) WITH (fastupdate = off);
CREATE INDEX documents_document ON public.documents USING gin (document jsonb_path_ops);
CREATE INDEX documents_type ON public.documents USING hash (type);
COMMENT ON INDEX public.documents_body IS 'for searching';
ALTER TABLE public.documents ALTER COLUMN body SET STATISTICS 500;
ALTER TABLE public.documents ALTER COLUMN document SET STORAGE EXTERNAL;
ALTER TABLE public.documents ALTER COLUMN type SET (n_distinct = 3);
ALTER TABLE public.documents SET (autovacuum_vacuum_scale_factor = 0.01, fillfactor = 80);

CREATE TABLE public.identities (
    always_id bigint GENERATED ALWAYS AS IDENTITY (START WITH 1000 INCREMENT BY 10 CACHE 5),
    by_default_id integer GENERATED BY DEFAULT AS IDENTITY (SEQUENCE NAME public."By Default" MINVALUE -5 START WITH -5),
    serial_id serial, small_serial_id smallserial, "user" text NOT NULL, "select" text DEFAULT 'x'
);
INSERT INTO public.identities ("user") SELECT 'user ' || i FROM generate_series(1, 40) AS i;
ALTER TABLE public.identities ADD CONSTRAINT identities_pkey PRIMARY KEY (always_id);

CREATE SEQUENCE public.never_called AS smallint START WITH 17 INCREMENT BY -2 MINVALUE -100 MAXVALUE 100 CYCLE;
CREATE SEQUENCE public.set_but_not_called START WITH 5;
SELECT setval('public.set_but_not_called', 123, false);
CREATE SEQUENCE public."Sequence with ""quotes""" OWNED BY public.identities."user";
SELECT setval('public."Sequence with ""quotes"""', 9223372036854775806);
COMMENT ON SEQUENCE public.never_called IS 'nobody called it yet';

-- Tables of every sort ------------------------------------------------------------------------------------------

CREATE TABLE public.without_key (a integer, b text);
INSERT INTO public.without_key SELECT i % 10, 'same' FROM generate_series(1, 100) AS i;
INSERT INTO public.without_key VALUES (NULL, NULL), (NULL, NULL);
CREATE TABLE public.empty_table (id integer PRIMARY KEY, note text);
CREATE TABLE public.no_columns ();
INSERT INTO public.no_columns DEFAULT VALUES;
INSERT INTO public.no_columns DEFAULT VALUES;
CREATE TABLE public.only_generated (a integer GENERATED ALWAYS AS (1) STORED);
INSERT INTO public.only_generated DEFAULT VALUES;
CREATE UNLOGGED TABLE public.unlogged_table (id integer PRIMARY KEY, note text);
INSERT INTO public.unlogged_table VALUES (1, 'kept');
CREATE TABLE public.of_a_type OF public.point3 (PRIMARY KEY (x, y));
INSERT INTO public.of_a_type VALUES (1, 2, 3), ('-Infinity', 'Infinity', 'NaN');
CREATE TABLE "Mixed Case ""quoted"" schema"."Table, with ""quotes"" and 'more'; --" (
    "Id" integer PRIMARY KEY, "a b" text, "ünïcode" text, "from" integer, "tab	in name" integer, "back\slash" integer);
INSERT INTO "Mixed Case ""quoted"" schema"."Table, with ""quotes"" and 'more'; --"
    SELECT i, 'b', 'ü', i, i, i FROM generate_series(1, 20) AS i;
COMMENT ON TABLE "Mixed Case ""quoted"" schema"."Table, with ""quotes"" and 'more'; --" IS 'hard to quote';
CREATE INDEX "Index, with ""quotes""" ON "Mixed Case ""quoted"" schema"."Table, with ""quotes"" and 'more'; --"
    ("a b" DESC NULLS LAST, "from");
CREATE TABLE public."role-metadata" (id serial PRIMARY KEY, "roleEntityRef" text UNIQUE, "lastModified" timestamptz);
INSERT INTO public."role-metadata" ("roleEntityRef") VALUES ('role:default/admin'), ('role:default/guest');
CREATE TABLE public.wide_rows (id integer PRIMARY KEY, content bytea);
INSERT INTO public.wide_rows SELECT i, decode(repeat(md5(i::text), i * 4000), 'hex') FROM generate_series(1, 12) AS i;

CREATE TABLE "sonataflow-platform-jobs-service".job_details (
    id varchar(50) PRIMARY KEY, status "sonataflow-platform-jobs-service".job_status DEFAULT 'SCHEDULED',
    last_update timestamptz, retries integer, payload jsonb);
INSERT INTO "sonataflow-platform-jobs-service".job_details
SELECT 'job-' || i, (enum_range(NULL::"sonataflow-platform-jobs-service".job_status))[i % 5 + 1],
    timestamptz '2025-06-01 00:00+00' + i * interval '1 minute', i % 3, jsonb_build_object('n', i)
FROM generate_series(1, 300) AS i;
CREATE INDEX status_date_idx ON "sonataflow-platform-jobs-service".job_details (status, last_update);

-- Inheritance and partitions ------------------------------------------------------------------------------------

CREATE TABLE public.ancestor (id integer NOT NULL, note text CHECK (note <> 'forbidden'));
CREATE TABLE public.descendant (extra text) INHERITS (public.ancestor);
INSERT INTO public.ancestor VALUES (1, 'parent row');
INSERT INTO public.descendant VALUES (2, 'child row', 'extra');

CREATE TABLE public.events (
    id bigint GENERATED BY DEFAULT AS IDENTITY, created_at timestamptz NOT NULL, region text NOT NULL, payload jsonb,
    PRIMARY KEY (id, created_at, region)) PARTITION BY RANGE (created_at);
CREATE TABLE public.events_2024 PARTITION OF public.events
    FOR VALUES FROM ('2024-01-01 00:00+00') TO ('2025-01-01 00:00+00') PARTITION BY LIST (region);
CREATE TABLE public.events_2024_eu PARTITION OF public.events_2024 FOR VALUES IN ('eu', 'uk');
CREATE TABLE public."events_2024-rest" PARTITION OF public.events_2024 DEFAULT;
CREATE TABLE public.events_default PARTITION OF public.events DEFAULT;
-- A partition whose columns stand in another order than its parent's.
CREATE TABLE public.events_2025 (payload jsonb, gone integer, region text NOT NULL, created_at timestamptz NOT NULL, id bigint NOT NULL);
ALTER TABLE public.events_2025 DROP COLUMN gone;
ALTER TABLE public.events ATTACH PARTITION public.events_2025
    FOR VALUES FROM ('2025-01-01 00:00+00') TO ('2026-01-01 00:00+00');
CREATE INDEX events_brin ON public.events USING brin (created_at) WITH (pages_per_range = 32);
CREATE INDEX events_payload ON public.events USING gin (payload);
CREATE INDEX only_on_one_partition ON public.events_2025 (region) WHERE region <> 'eu';
INSERT INTO public.events (created_at, region, payload)
SELECT timestamptz '2023-12-01 00:00+00' + i * interval '17 hours', (ARRAY['eu', 'us', 'uk', 'ap'])[i % 4 + 1],
    jsonb_build_object('event', i, 'odd', i % 2 = 1)
FROM generate_series(1, 1500) AS i;
COMMENT ON TABLE public.events IS 'partitioned twice';

CREATE TABLE public.hashed (id uuid PRIMARY KEY, note text) PARTITION BY HASH (id);
CREATE TABLE public.hashed_0 PARTITION OF public.hashed FOR VALUES WITH (MODULUS 3, REMAINDER 0);
CREATE TABLE public.hashed_1 PARTITION OF public.hashed FOR VALUES WITH (MODULUS 3, REMAINDER 1);
CREATE TABLE public.hashed_2 PARTITION OF public.hashed FOR VALUES WITH (MODULUS 3, REMAINDER 2);
INSERT INTO public.hashed SELECT md5(i::text)::uuid, 'note ' || i FROM generate_series(1, 300) AS i;
CREATE TABLE public.partitioned_without_partitions (id integer) PARTITION BY LIST (id);

-- Constraints ---------------------------------------------------------------------------------------------------

CREATE TABLE public.departments (id integer PRIMARY KEY, name text NOT NULL, head integer,
    UNIQUE (name) DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE public.people (id integer PRIMARY KEY, department integer, manager integer REFERENCES public.people (id) ON DELETE SET NULL,
    age integer, office integer[], CONSTRAINT adult CHECK (age >= 18) NO INHERIT);
ALTER TABLE public.people ADD CONSTRAINT works_in FOREIGN KEY (department) REFERENCES public.departments (id)
    ON UPDATE CASCADE DEFERRABLE INITIALLY IMMEDIATE;
ALTER TABLE public.departments ADD CONSTRAINT headed_by FOREIGN KEY (head) REFERENCES public.people (id)
    DEFERRABLE INITIALLY DEFERRED;
BEGIN;
INSERT INTO public.departments SELECT i, 'department ' || i, i * 10 FROM generate_series(1, 10) AS i;
INSERT INTO public.people SELECT i, (i - 1) / 10 + 1, nullif(i - 1, 0), 18 + i % 40, ARRAY[i] FROM generate_series(1, 100) AS i;
INSERT INTO public.people VALUES (101, NULL, 101, 50);
COMMIT;
COMMENT ON CONSTRAINT works_in ON public.people IS 'where they sit';
CREATE TABLE public.references_events (event bigint, created_at timestamptz, region text,
    FOREIGN KEY (event, created_at, region) REFERENCES public.events (id, created_at, region) ON DELETE CASCADE);
INSERT INTO public.references_events SELECT id, created_at, region FROM public.events WHERE id % 100 = 0;

-- Rows that break a constraint which was never validated.
CREATE TABLE public.unvalidated (id integer PRIMARY KEY, department integer, amount integer);
INSERT INTO public.unvalidated VALUES (1, 99999, -5), (2, 1, 5);
ALTER TABLE public.unvalidated ADD CONSTRAINT no_such_department FOREIGN KEY (department)
    REFERENCES public.departments (id) NOT VALID;
ALTER TABLE public.unvalidated ADD CONSTRAINT positive_amount CHECK (amount > 0) NOT VALID;

CREATE TABLE public.reservations (room int4range NOT NULL, during tsrange NOT NULL, note text,
    CONSTRAINT no_overlap EXCLUDE USING gist (room WITH &&, during WITH &&) WHERE (note IS NULL));
INSERT INTO public.reservations
SELECT int4range(i, i + 1), tsrange(timestamp '2025-01-01' + i * interval '1 day', timestamp '2025-01-02' + i * interval '1 day')
FROM generate_series(1, 50) AS i;

-- Indexes of every sort, table properties -----------------------------------------------------------------------

CREATE TABLE public.indexed (id integer NOT NULL, code text NOT NULL, label text COLLATE public.posix_order, amount numeric,
    happened timestamptz, nothing integer);
INSERT INTO public.indexed SELECT i, 'code-' || i, chr(65 + i % 26) || i, i % 97, timestamptz '2025-01-01 00:00+00' + i * interval '1 hour', NULL
FROM generate_series(1, 1000) AS i;
ALTER TABLE public.indexed ADD CONSTRAINT indexed_pkey PRIMARY KEY (id) INCLUDE (label) WITH (fillfactor = 70);
CREATE UNIQUE INDEX indexed_code ON public.indexed (code);
ALTER TABLE public.indexed REPLICA IDENTITY USING INDEX indexed_code;
CREATE INDEX indexed_covering ON public.indexed (amount) INCLUDE (label, code);
CREATE INDEX indexed_expression ON public.indexed (lower(label) text_pattern_ops, (id % 7)) WHERE amount > 10;
ALTER INDEX public.indexed_expression ALTER COLUMN 2 SET STATISTICS 50;
CREATE INDEX indexed_function ON public.indexed (public.looks_like_a_dump(id));
CREATE INDEX indexed_reversed ON public.indexed (id public.reversed_int4);
CREATE INDEX indexed_brin ON public.indexed USING brin (happened timestamptz_minmax_multi_ops);
CREATE UNIQUE INDEX indexed_nulls ON public.indexed (id, nothing) NULLS NOT DISTINCT;
ALTER TABLE public.indexed ADD CONSTRAINT indexed_code_unique UNIQUE USING INDEX indexed_code;
ALTER TABLE public.indexed CLUSTER ON indexed_covering;
CREATE STATISTICS public.indexed_stats (ndistinct, dependencies, mcv) ON label, amount FROM public.indexed;
CREATE STATISTICS public.expression_stats ON (id % 7), (amount * 2) FROM public.indexed;
ALTER STATISTICS public.indexed_stats SET STATISTICS 300;
COMMENT ON STATISTICS public.indexed_stats IS 'they go together';
ALTER TABLE public.without_key REPLICA IDENTITY FULL;

-- Views, rules, triggers, policies ------------------------------------------------------------------------------

CREATE VIEW public.heads AS
    SELECT d.name, p.id AS person, p.age FROM public.departments d JOIN public.people p ON p.id = d.head;
CREATE VIEW public.grown_ups WITH (security_barrier = true, check_option = local) AS
    SELECT id, age FROM public.people WHERE age > 30;
CREATE VIEW public."View on view" AS SELECT *, public.sql_standard_body(person) AS more FROM public.heads;
COMMENT ON VIEW public.heads IS 'who leads';
COMMENT ON COLUMN public.heads.person IS 'a person';
CREATE RECURSIVE VIEW public.chain (person, depth) AS
    SELECT id, 0 FROM public.people WHERE manager IS NULL
    UNION ALL SELECT p.id, c.depth + 1 FROM public.people p JOIN chain c ON p.manager = c.person WHERE p.id <> p.manager;

CREATE MATERIALIZED VIEW public.totals AS
    SELECT type, count(*) AS documents, sum(weight) AS weight FROM public.documents GROUP BY type;
CREATE UNIQUE INDEX totals_type ON public.totals (type);
CREATE MATERIALIZED VIEW public.totals_of_totals AS SELECT sum(documents) AS documents FROM public.totals;
CREATE MATERIALIZED VIEW public.unpopulated AS SELECT * FROM public.people WITH NO DATA;
CREATE INDEX unpopulated_age ON public.unpopulated (age);
COMMENT ON MATERIALIZED VIEW public.totals IS 'per type';

CREATE TABLE public.audit (id serial PRIMARY KEY, what text, at timestamptz DEFAULT '2025-01-01 00:00+00');
CREATE FUNCTION public.note_change() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN INSERT INTO public.audit (what) VALUES (TG_OP || ' ' || TG_TABLE_NAME); RETURN NEW; END $$;
CREATE FUNCTION public.refuse() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'this trigger must not fire during a copy'; END $$;
CREATE TRIGGER note_departments AFTER INSERT OR UPDATE OF name ON public.departments
    FOR EACH ROW WHEN (NEW.name <> '') EXECUTE FUNCTION public.note_change('an', 'argument');
CREATE TRIGGER refuse_inserts BEFORE INSERT ON public.people FOR EACH STATEMENT EXECUTE FUNCTION public.refuse();
CREATE TRIGGER always_note AFTER INSERT ON public.audit REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION public.refuse();
CREATE TRIGGER disabled_trigger BEFORE DELETE ON public.people FOR EACH ROW EXECUTE FUNCTION public.refuse();
ALTER TABLE public.people DISABLE TRIGGER disabled_trigger;
CREATE TRIGGER replica_trigger BEFORE UPDATE ON public.people FOR EACH ROW EXECUTE FUNCTION public.note_change();
ALTER TABLE public.people ENABLE REPLICA TRIGGER replica_trigger;
CREATE TRIGGER always_trigger BEFORE UPDATE ON public.without_key FOR EACH ROW EXECUTE FUNCTION public.note_change();
ALTER TABLE public.without_key ENABLE ALWAYS TRIGGER always_trigger;
CREATE TRIGGER on_view INSTEAD OF INSERT ON public.heads FOR EACH ROW EXECUTE FUNCTION public.note_change();
CREATE TRIGGER on_partitioned AFTER INSERT ON public.events FOR EACH ROW EXECUTE FUNCTION public.refuse();
CREATE CONSTRAINT TRIGGER late_check AFTER UPDATE ON public.indexed DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION public.note_change();
COMMENT ON TRIGGER note_departments ON public.departments IS 'leaves a note';
CREATE RULE no_deletes AS ON DELETE TO public.departments DO INSTEAD NOTHING;
CREATE RULE also_note AS ON UPDATE TO public.empty_table DO ALSO NOTIFY changes;
ALTER TABLE public.empty_table DISABLE RULE also_note;
COMMENT ON RULE no_deletes ON public.departments IS 'departments stay';

CREATE TABLE public.secured (id integer PRIMARY KEY, owner_name text, note text);
INSERT INTO public.secured SELECT i, 'nobody', 'hidden ' || i FROM generate_series(1, 30) AS i;
ALTER TABLE public.secured ENABLE ROW LEVEL SECURITY;
CREATE POLICY only_own ON public.secured AS RESTRICTIVE FOR SELECT TO PUBLIC USING (owner_name = current_user);
CREATE POLICY no_negative ON public.secured FOR INSERT WITH CHECK (id > 0);
ALTER TABLE public.secured FORCE ROW LEVEL SECURITY;
COMMENT ON POLICY only_own ON public.secured IS 'mind your own rows';

-- Large objects -------------------------------------------------------------------------------------------------

SELECT lo_from_bytea(424201, decode(repeat('00ff5c27', 100000), 'hex'));
SELECT lo_from_bytea(424202, '');
SELECT lo_create(424203);
SELECT lo_put(424203, 3000000, 'after a hole');
COMMENT ON LARGE OBJECT 424201 IS 'a large object''s comment';

-- Tables of knex, as Backstage's plugins have them, in states that real ones are found in -----------------------

CREATE TABLE public.knex_migrations (id serial PRIMARY KEY, name varchar(255), batch integer, migration_time timestamptz);
CREATE TABLE public.knex_migrations_lock (index serial PRIMARY KEY, is_locked integer);
INSERT INTO public.knex_migrations (name, batch, migration_time)
    SELECT '2024010' || i || '_step.js', 1, timestamptz '2024-01-01 00:00+00' FROM generate_series(1, 9) AS i;
INSERT INTO public.knex_migrations_lock (is_locked) VALUES (0);
CREATE TABLE "Mixed Case ""quoted"" schema".backstage_backend_tasks__knex_migrations_lock (index serial PRIMARY KEY, is_locked integer);
INSERT INTO "Mixed Case ""quoted"" schema".backstage_backend_tasks__knex_migrations_lock (is_locked) VALUES (1), (0);

REFRESH MATERIALIZED VIEW public.totals;
REFRESH MATERIALIZED VIEW public.totals_of_totals;
SELECT format('COMMENT ON DATABASE %I IS %L', current_database(), 'the source''s own comment') \gexec
SELECT format('ALTER DATABASE %I SET work_mem = %L', current_database(), '5MB') \gexec
ANALYZE;
