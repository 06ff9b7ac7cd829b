CREATE TABLE tasks (id uuid PRIMARY KEY, spec text NOT NULL, status text NOT NULL, created_at timestamptz NOT NULL DEFAULT now(),
    last_heartbeat_at timestamptz, created_by text, secrets text, state text, template_owner text, workspace bytea);
CREATE TABLE task_events (id bigserial PRIMARY KEY, task_id uuid NOT NULL, body text NOT NULL, event_type text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now());
INSERT INTO tasks
SELECT md5('task ' || i)::uuid, '{"apiVersion":"scaffolder.backstage.io/v1beta3","steps":[{"id":"fetch"}],"parameters":{"name":"' || md5(i::text) || '"}}',
    (ARRAY['completed', 'failed', 'cancelled'])[i % 3 + 1], timestamptz '2025-01-01 00:00+00' + i * interval '17 min',
    timestamptz '2025-01-01 00:01+00' + i * interval '17 min', 'user:default/user-' || i % 50, NULL, '{}', 'group:default/team-' || i % 30,
    -- Every tenth task left a workspace of some 100 KB that does not compress.
    CASE WHEN i % 10 = 0 THEN (SELECT string_agg(decode(md5(i || ' ' || n), 'hex'), '') FROM generate_series(1, 6000) AS n) END
FROM generate_series(1, (2000 * :scale)::integer) AS i;
INSERT INTO task_events (task_id, body, event_type, created_at)
SELECT md5('task ' || i % (2000 * :scale)::integer + 1)::uuid,
    '{"message":"Step ' || i % 12 || ' wrote ' || md5(i::text) || '","stepId":"fetch","status":"processing"}', 'log',
    timestamptz '2025-01-01 00:00+00' + i * interval '11 s'
FROM generate_series(1, (80000 * :scale)::integer) AS i;
CREATE INDEX task_events_task_id_idx ON task_events (task_id);
ALTER TABLE task_events ADD FOREIGN KEY (task_id) REFERENCES tasks (id) ON DELETE CASCADE;
