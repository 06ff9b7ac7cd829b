CREATE TABLE notification (id uuid PRIMARY KEY, "user" varchar(255) NOT NULL, title varchar(255) NOT NULL, description text,
    severity varchar(8) NOT NULL DEFAULT 'normal', link text, origin varchar(255) NOT NULL, scope varchar(255), topic varchar(255),
    icon varchar(255), created timestamptz NOT NULL, updated timestamptz, read timestamptz, saved timestamptz);
CREATE TABLE broadcast (id uuid PRIMARY KEY, title varchar(255) NOT NULL, description text, origin varchar(255) NOT NULL, created timestamptz NOT NULL);
CREATE TABLE broadcast_user_status (broadcast_id uuid NOT NULL REFERENCES broadcast (id), "user" varchar(255) NOT NULL, read timestamptz,
    saved timestamptz, UNIQUE (broadcast_id, "user"));
CREATE TABLE user_settings ("user" varchar(255) NOT NULL, channel varchar(255) NOT NULL, origin varchar(255) NOT NULL, topic varchar(255),
    enabled boolean NOT NULL DEFAULT true, UNIQUE ("user", channel, origin, topic));
INSERT INTO notification
SELECT md5('notification ' || i)::uuid, 'user:default/user-' || i % 1000, 'Task ' || i || ' finished', E'Line one\nline two\t' || md5(i::text),
    'normal', '/create/tasks/' || i, 'plugin:scaffolder', 'scope-' || i, NULL, NULL, timestamptz '2025-06-01 00:00+00' + i * interval '31 s',
    NULL, CASE WHEN i % 2 = 0 THEN timestamptz '2025-06-02 00:00+00' END, NULL
FROM generate_series(1, (8000 * :scale)::integer) AS i;
INSERT INTO broadcast SELECT md5('broadcast ' || i)::uuid, 'Maintenance ' || i, 'Ünïcode 🙂', 'plugin:admin', '2025-06-01 00:00+00' FROM generate_series(1, 20) AS i;
INSERT INTO broadcast_user_status SELECT md5('broadcast ' || i % 20 + 1)::uuid, 'user:default/user-' || i, NULL, NULL FROM generate_series(1, (800 * :scale)::integer) AS i;
INSERT INTO user_settings SELECT 'user:default/user-' || i, 'Web', 'plugin:scaffolder', NULL, i % 4 > 0 FROM generate_series(1, (500 * :scale)::integer) AS i;
CREATE INDEX notification_scope_origin_idx ON notification (scope, origin);
CREATE INDEX notification_user_idx ON notification ("user");
