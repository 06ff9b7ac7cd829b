-- Beside Backstage's own tables in public: one schema per SonataFlow service, one per workflow.
CREATE SCHEMA "sonataflow-platform-data-index-service";
SET search_path = "sonataflow-platform-data-index-service";
CREATE TABLE flyway_schema_history (installed_rank integer PRIMARY KEY, version varchar(50), description varchar(200) NOT NULL,
    type varchar(20) NOT NULL, script varchar(1000) NOT NULL, checksum integer, installed_by varchar(100) NOT NULL,
    installed_on timestamp NOT NULL DEFAULT now(), execution_time integer NOT NULL, success boolean NOT NULL);
CREATE INDEX flyway_schema_history_s_idx ON flyway_schema_history (success);
CREATE TABLE definitions (id varchar(255), version varchar(255), name varchar(255), source bytea, metadata jsonb, PRIMARY KEY (id, version));
CREATE TABLE processes (id varchar(255) PRIMARY KEY, business_key varchar(255), end_time timestamp, endpoint varchar(255), process_id varchar(255),
    start_time timestamp, state integer, variables jsonb, version varchar(255));
CREATE TABLE nodes (id varchar(255) PRIMARY KEY, definition_id varchar(255), enter timestamp, exit timestamp, name varchar(255), node_id varchar(255),
    type varchar(255), process_instance_id varchar(255) NOT NULL,
    CONSTRAINT fk_nodes_process FOREIGN KEY (process_instance_id) REFERENCES processes (id) ON DELETE CASCADE);
CREATE TABLE jobs (id varchar(255) PRIMARY KEY, execution_counter integer, expiration_time timestamp, repeat_interval bigint, status varchar(255));
INSERT INTO flyway_schema_history SELECT i, '1.' || 31 + i || '.0', 'step ' || i, 'SQL', 'V1.sql', i * 7919, 'postgres', '2025-05-01', i, true FROM generate_series(1, 17) AS i;
INSERT INTO definitions VALUES ('greeting', '1.0', 'Greeting workflow', '\x00ff7b7d', '{"annotations":[]}');
INSERT INTO processes SELECT md5('process ' || i)::uuid, NULL, timestamp '2025-06-01' + i * interval '1 min', 'http://greeting/greeting', 'greeting',
    timestamp '2025-06-01', 2, jsonb_build_object('workflowdata', jsonb_build_object('name', 'n' || i, 'language', 'English')), '1.0'
FROM generate_series(1, (1500 * :scale)::integer) AS i;
INSERT INTO nodes SELECT md5('node ' || i || n)::uuid, n::text, timestamp '2025-06-01', timestamp '2025-06-01' + n * interval '1 ms', 'Step ' || n, n::text,
    'CompositeContextNode', md5('process ' || i)::uuid FROM generate_series(1, (1500 * :scale)::integer) AS i, generate_series(1, 6) AS n;

CREATE SCHEMA "sonataflow-platform-jobs-service";
SET search_path = "sonataflow-platform-jobs-service";
CREATE TYPE job_status AS ENUM ('ERROR', 'EXECUTED', 'SCHEDULED', 'RETRY', 'CANCELED');
CREATE TYPE job_type AS ENUM ('HTTP');
CREATE TABLE flyway_schema_history (LIKE "sonataflow-platform-data-index-service".flyway_schema_history INCLUDING ALL);
CREATE TABLE job_details (id varchar(50) PRIMARY KEY, correlation_id varchar(50), status job_status, last_update timestamptz, retries integer,
    execution_counter integer, scheduled_id varchar(40), priority integer, recipient jsonb, trigger jsonb, fire_time timestamptz, job_type job_type);
CREATE TABLE job_service_management (id varchar(40) PRIMARY KEY, last_heartbeat timestamptz, token varchar(40) UNIQUE);
INSERT INTO job_details SELECT md5('job ' || i)::uuid, NULL, (enum_range(NULL::job_status))[i % 5 + 1], '2025-06-01 00:00+00', i % 3, 1, NULL, 0,
    '{"type":"http"}', '{"type":"point-in-time"}', timestamptz '2025-06-02 00:00+00' + i * interval '1 s', 'HTTP'
FROM generate_series(1, (400 * :scale)::integer) AS i;
CREATE INDEX job_details_fire_time_idx ON job_details (fire_time);
CREATE INDEX status_date ON job_details (status, fire_time);

CREATE SCHEMA greeting;
SET search_path = greeting;
CREATE TABLE process_instances (id char(36) PRIMARY KEY, payload bytea NOT NULL, process_id varchar(255) NOT NULL, version bigint, process_version varchar(255));
CREATE TABLE correlation_instances (id char(36) PRIMARY KEY, encoded_correlation_id varchar(36) NOT NULL UNIQUE, correlated_id varchar(36) NOT NULL,
    correlation varchar(10485760));
CREATE TABLE business_key_mapping (name char(255) PRIMARY KEY, process_instance_id char(36) NOT NULL
    REFERENCES process_instances (id) ON DELETE CASCADE);
INSERT INTO process_instances SELECT md5('instance ' || i)::uuid, decode(repeat(md5(i::text), 20), 'hex'), 'greeting', i, '1.0'
FROM generate_series(1, (200 * :scale)::integer) AS i;
INSERT INTO business_key_mapping SELECT 'key ' || i, md5('instance ' || i)::uuid FROM generate_series(1, (50 * :scale)::integer) AS i;
RESET search_path;
