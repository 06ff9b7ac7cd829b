-- What every plugin's database has: knex's tables, the scheduler's and the public keys of service-to-service calls.
-- :lock_rows is the array of is_locked values, one per row of each lock table.
CREATE FUNCTION pg_temp.make_knex(prefix text, steps integer, locks integer[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE TABLE %I (id serial PRIMARY KEY, name varchar(255), batch integer, migration_time timestamptz)',
        prefix || 'knex_migrations');
    EXECUTE format('CREATE TABLE %I (index serial PRIMARY KEY, is_locked integer)', prefix || 'knex_migrations_lock');
    EXECUTE format($q$INSERT INTO %I (name, batch, migration_time)
        SELECT to_char(date '2020-01-01' + i * 30, 'YYYYMMDD') || '_step_' || i || '.js', 1 + i / 8,
            timestamptz '2024-05-01 08:00+00' + i * interval '3 ms' FROM generate_series(1, %s) AS i$q$,
        prefix || 'knex_migrations', steps);
    EXECUTE format('INSERT INTO %I (is_locked) SELECT unnest($1)', prefix || 'knex_migrations_lock') USING locks;
END $$;

SELECT pg_temp.make_knex('', 12, :'lock_rows'),
    pg_temp.make_knex('backstage_backend_tasks__', 4, '{0}'),
    pg_temp.make_knex('backstage_backend_public_keys__', 1, '{0}');

CREATE TABLE backstage_backend_tasks__tasks (
    id varchar(255) PRIMARY KEY, settings_json text NOT NULL, next_run_start_at timestamptz,
    current_run_ticket varchar(255), current_run_started_at timestamptz, current_run_expires_at timestamptz);
INSERT INTO backstage_backend_tasks__tasks
SELECT 'task-' || i, '{"version":2,"cadence":"PT30M","timeoutAfterDuration":"PT10M"}',
    timestamptz '2025-06-01 12:00+00' + i * interval '5 min', CASE WHEN i = 1 THEN md5('ticket') END,
    CASE WHEN i = 1 THEN timestamptz '2025-06-01 11:58+00' END, CASE WHEN i = 1 THEN timestamptz '2025-06-01 12:08+00' END
FROM generate_series(1, 6) AS i;

CREATE TABLE backstage_backend_public_keys__keys (id varchar(255) PRIMARY KEY, key text NOT NULL, expires_at varchar(255) NOT NULL);
INSERT INTO backstage_backend_public_keys__keys
SELECT md5('key ' || i), jsonb_build_object('kty', 'EC', 'crv', 'P-256', 'x', md5('x' || i), 'y', md5('y' || i))::text,
    '2025-06-02T0' || i || ':00:00.000Z'
FROM generate_series(1, 3) AS i;
