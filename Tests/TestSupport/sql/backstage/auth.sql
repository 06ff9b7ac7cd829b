CREATE TABLE signing_keys (kid varchar(255) PRIMARY KEY, created_at timestamptz NOT NULL DEFAULT now(), key text NOT NULL);
CREATE TABLE sessions (sid varchar(255) PRIMARY KEY, sess text NOT NULL, expired timestamptz NOT NULL);
CREATE TABLE user_info (user_entity_ref varchar(255) PRIMARY KEY, user_info text NOT NULL, created_at timestamptz, updated_at timestamptz);
CREATE TABLE offline_sessions (id varchar(255) PRIMARY KEY, user_entity_ref varchar(255), oidc_client_id varchar(255),
    token_hash text NOT NULL, created_at timestamptz NOT NULL, last_used_at timestamptz);
INSERT INTO signing_keys SELECT md5('kid' || i), timestamptz '2025-05-01 00:00+00' + i * interval '1 day', '{"kty":"EC"}'
FROM generate_series(1, 5) AS i;
INSERT INTO sessions SELECT md5('sid' || i), '{"cookie":{"path":"/"}}', timestamptz '2025-07-01 00:00+00' + i * interval '1 s'
FROM generate_series(1, (3000 * :scale)::integer) AS i;
INSERT INTO user_info SELECT 'user:default/user-' || i, '{"claims":{"sub":"user:default/user-' || i || '"}}', '2025-05-01 00:00+00', NULL
FROM generate_series(1, (1000 * :scale)::integer) AS i;
CREATE INDEX sessions_expired_index ON sessions (expired);
