-- Puts a few rows into every table that has none, as far as its constraints allow, and prints how many tables have rows
-- and how many there are. What a column refers to is taken from the other table; rows that are refused are left out.

-- An expression for row n of a column of some type, or NULL where none is known.
CREATE FUNCTION pg_temp.sample(type oid, modifier integer, n integer) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    t pg_type := (SELECT row(pg_type.*) FROM pg_type WHERE oid = type);
    -- What a careless COPY would break: a tab, a line's end, a backslash, quotes, more than one byte for a letter.
    words text := format(E'%s "row"\t''%s''\\\n – ünï', n, n);
    width integer := CASE WHEN t.typname IN ('varchar', 'bpchar') AND modifier > 4 THEN modifier - 4 ELSE 1000 END;
BEGIN
    IF t.typtype = 'd' THEN
        RETURN pg_temp.sample(t.typbasetype, coalesce(nullif(t.typtypmod, -1), modifier), n);
    ELSIF t.typtype = 'e' THEN
        RETURN (SELECT quote_literal(enumlabel) FROM pg_enum WHERE enumtypid = type ORDER BY enumsortorder
            OFFSET (n - 1) % (SELECT count(*) FROM pg_enum WHERE enumtypid = type) LIMIT 1);
    ELSIF t.typcategory = 'A' THEN
        RETURN format('ARRAY[%s]::%s', pg_temp.sample(t.typelem, modifier, n), format_type(type, NULL));
    ELSIF t.typtype = 'r' THEN
        RETURN '''empty''';
    END IF;
    RETURN CASE t.typname
        WHEN 'bool' THEN (n % 2 = 1)::text
        WHEN 'int2' THEN n::text WHEN 'int4' THEN n::text WHEN 'int8' THEN (9007199254740993 * (n % 2) + n)::text
        WHEN 'oid' THEN n::text WHEN 'money' THEN n::text
        WHEN 'float4' THEN (n + 0.1)::text WHEN 'float8' THEN (n + 0.1)::text
        WHEN 'numeric' THEN n::text
        WHEN 'text' THEN quote_literal(words) WHEN 'citext' THEN quote_literal(words)
        WHEN 'varchar' THEN quote_literal(left(words, width)) WHEN 'bpchar' THEN quote_literal(left(words, width))
        WHEN 'name' THEN quote_literal('name ' || n) WHEN 'char' THEN quote_literal(n)
        WHEN 'bytea' THEN format('decode(lpad(to_hex(%s), 40, %L), %L)', n, '00ff5c', 'hex')
        WHEN 'date' THEN format('date ''2026-01-01'' + %s', n)
        WHEN 'timestamp' THEN format('timestamp ''2026-01-01 12:00:00.123456'' + %s * interval ''1 day''', n)
        WHEN 'timestamptz' THEN format('timestamptz ''2026-01-01 12:00:00.123456+02'' + %s * interval ''1 day''', n)
        WHEN 'time' THEN format('time ''12:00'' + %s * interval ''1 minute''', n)
        WHEN 'timetz' THEN '''12:00:00.5+02''' WHEN 'interval' THEN format('%s * interval ''1 month 1 s''', n)
        WHEN 'uuid' THEN quote_literal(md5(n::text)::uuid)
        WHEN 'json' THEN quote_literal(jsonb_build_object('title', words, 'text', words, 'n', n))
        WHEN 'jsonb' THEN quote_literal(jsonb_build_object('title', words, 'text', words, 'n', n))
        WHEN 'xml' THEN format('''<a n="%s">ü</a>''', n)
        WHEN 'tsvector' THEN format('to_tsvector(''simple'', ''ünï row %s'')', n)
        WHEN 'inet' THEN format('''10.0.0.%s''', n) WHEN 'cidr' THEN format('''10.%s.0.0/16''', n)
        WHEN 'macaddr' THEN format('''08:00:2b:01:02:0%s''', n) WHEN 'point' THEN format('point(%s, 1)', n)
        WHEN 'hstore' THEN format('''a=>%s''', n) WHEN 'ltree' THEN format('''a.b%s''', n)
        WHEN 'bit' THEN format('%s::bit(%s)', n, greatest(modifier, 1)) WHEN 'varbit' THEN 'B''101'''
    END;
END $$;

-- INSERT of one row; a column that refers to another table takes that one's row n, one that
-- is checked takes the first word of its check, one that may be empty is so if wanted.
CREATE FUNCTION pg_temp.one_row(owner regclass, n integer, sparse boolean) RETURNS text LANGUAGE sql AS $$
    SELECT format('INSERT INTO %s (%s) OVERRIDING SYSTEM VALUE VALUES (%s)', owner,
        string_agg(quote_ident(attname), ', ' ORDER BY attnum),
        string_agg(CASE WHEN sparse AND NOT attnotnull THEN 'NULL' ELSE coalesce(
            (SELECT format('(SELECT %I FROM %s ORDER BY 1 OFFSET %s LIMIT 1)', f.attname, confrelid::regclass, n - 1)
                FROM pg_constraint AS k, unnest(conkey, confkey) AS u(here, there)
                JOIN pg_attribute AS f ON f.attnum = there
                WHERE k.contype = 'f' AND k.conrelid = owner AND u.here = a.attnum AND f.attrelid = k.confrelid
                    AND (a.attnotnull OR k.confrelid <> owner) ORDER BY k.oid LIMIT 1),
            (SELECT quote_literal(substring(pg_get_constraintdef(k.oid), '''([^'']+)''::')) FROM pg_constraint AS k
                WHERE k.contype = 'c' AND k.conrelid = owner AND k.conkey = ARRAY[attnum] ORDER BY k.oid LIMIT 1),
            CASE WHEN atthasdef AND pg_get_expr(d.adbin, d.adrelid) LIKE 'nextval(%' THEN 'DEFAULT' END,
            pg_temp.sample(atttypid, atttypmod, n), 'NULL') END, ', ' ORDER BY attnum))
    FROM pg_attribute AS a LEFT JOIN pg_attrdef AS d ON adrelid = attrelid AND adnum = attnum
    WHERE attrelid = owner AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
$$;

DO $$
DECLARE
    owner regclass;
    empty boolean;
    sparse boolean;
BEGIN
    -- Tables that others refer to may come later: a pass for each level.
    FOR pass IN 1..6 LOOP
        FOR owner IN SELECT c.oid::regclass FROM pg_class AS c
            WHERE relkind IN ('r', 'p') AND NOT relispartition AND relpersistence <> 't'
                AND relnamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
                AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = c.oid AND deptype = 'e')
            ORDER BY c.oid
        LOOP
            EXECUTE format('SELECT NOT EXISTS (SELECT FROM %s)', owner) INTO empty;
            CONTINUE WHEN NOT empty;
            FOR n IN 1..4 LOOP
                FOREACH sparse IN ARRAY ARRAY[false, true] LOOP
                    BEGIN
                        EXECUTE pg_temp.one_row(owner, n, sparse);
                        EXIT;
                    EXCEPTION WHEN OTHERS THEN
                        NULL;
                    END;
                END LOOP;
            END LOOP;
        END LOOP;
    END LOOP;
END $$;

CREATE FUNCTION pg_temp.has_rows(owner regclass) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    found boolean;
BEGIN
    EXECUTE format('SELECT EXISTS (SELECT FROM %s)', owner) INTO found;
    RETURN found;
END $$;

SELECT count(*) FILTER (WHERE pg_temp.has_rows(c.oid)), count(*) FROM pg_class AS c
WHERE relkind IN ('r', 'p') AND NOT relispartition AND relpersistence <> 't'
    AND relnamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace);
