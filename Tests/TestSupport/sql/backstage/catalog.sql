-- 30,000 entities with 40 search rows each, at scale 1.
CREATE TABLE locations (id uuid PRIMARY KEY, type varchar(255) NOT NULL, target text NOT NULL,
    location_entity_ref varchar(255) NOT NULL);
CREATE TABLE location_update_log (id bigserial PRIMARY KEY, status text NOT NULL, location_id uuid,
    created_at timestamptz NOT NULL DEFAULT now(), message text, entity_name text);
CREATE TABLE refresh_state (entity_id varchar(255) PRIMARY KEY, entity_ref varchar(255) NOT NULL,
    unprocessed_entity text NOT NULL, unprocessed_hash text, processed_entity text, result_hash text, cache text,
    errors text NOT NULL, next_update_at timestamptz NOT NULL, last_discovery_at timestamptz NOT NULL, location_key text);
CREATE TABLE final_entities (entity_id varchar(255) PRIMARY KEY, hash varchar(255) NOT NULL, final_entity text,
    entity_ref varchar(255) NOT NULL, last_updated_at timestamptz);
CREATE TABLE refresh_keys (entity_id varchar(255) NOT NULL, key varchar(255) NOT NULL);
CREATE TABLE refresh_state_references (id bigserial PRIMARY KEY, source_key text, source_entity_ref text,
    target_entity_ref text NOT NULL);
CREATE TABLE relations (originating_entity_id varchar(255) NOT NULL, source_entity_ref varchar(255) NOT NULL,
    type varchar(255) NOT NULL, target_entity_ref varchar(255) NOT NULL);
CREATE TABLE search (entity_id varchar(255), key varchar(255) NOT NULL, value varchar(255), original_value varchar(255));
CREATE TABLE stitch_queue (entity_ref varchar(255) PRIMARY KEY, stitch_ticket varchar(255) NOT NULL,
    next_stitch_at timestamptz NOT NULL);

CREATE FUNCTION pg_temp.entity_id(i integer) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT md5('entity ' || i)::uuid::text $$;
CREATE FUNCTION pg_temp.entity_ref(i integer) RETURNS text LANGUAGE sql IMMUTABLE AS
    $$ SELECT (ARRAY['component', 'api', 'group', 'user', 'system', 'resource'])[i % 6 + 1] || ':default/entity-' || i $$;
CREATE FUNCTION pg_temp.entity(i integer) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT format('{"apiVersion":"backstage.io/v1alpha1","kind":"%s","metadata":{"namespace":"default","name":"entity-%s",'
        '"uid":"%s","description":"Service %s handles the %s of team %s","annotations":{"backstage.io/managed-by-location":'
        '"url:https://git.example.com/org/repo-%s/tree/main/catalog-info.yaml","backstage.io/source-location":'
        '"url:https://git.example.com/org/repo-%s/tree/main/","example.com/checksum":"%s%s"},"tags":["java","team-%s","tier-%s"]},'
        '"spec":{"type":"service","lifecycle":"production","owner":"group:default/team-%s","system":"system-%s"}}',
        (ARRAY['Component', 'API', 'Group', 'User', 'System', 'Resource'])[i % 6 + 1], i, md5('entity ' || i), i, md5('d' || i),
        i % 300, i, i, md5('a' || i), md5('b' || i), i % 300, i % 4, i % 300, i % 900)
$$;

INSERT INTO locations
SELECT md5('location ' || i)::uuid, 'url', 'https://git.example.com/org/repo-' || i || '/blob/main/catalog-info.yaml',
    'location:default/generated-' || md5(i::text)
FROM generate_series(1, (2000 * :scale)::integer) AS i;
INSERT INTO location_update_log (status, location_id, created_at, message)
SELECT 'success', md5('location ' || i % 2000)::uuid, timestamptz '2025-01-01 00:00+00' + i * interval '1 minute', NULL
FROM generate_series(1, (5000 * :scale)::integer) AS i;

INSERT INTO refresh_state
SELECT pg_temp.entity_id(i), pg_temp.entity_ref(i), pg_temp.entity(i), md5('u' || i), pg_temp.entity(i), md5('r' || i), '{"ttl":5}',
    '[]', timestamptz '2025-06-01 12:00+00' + i * interval '20 ms', timestamptz '2025-06-01 11:00+00', 'url:repo-' || i
FROM generate_series(1, (30000 * :scale)::integer) AS i;
INSERT INTO final_entities
SELECT entity_id, md5('f' || entity_id), processed_entity, entity_ref, last_discovery_at FROM refresh_state;
INSERT INTO refresh_keys SELECT entity_id, location_key FROM refresh_state;
INSERT INTO refresh_state_references (source_key, target_entity_ref)
SELECT 'provider:' || (row_number() OVER (ORDER BY entity_ref)) % 7, entity_ref FROM refresh_state;
INSERT INTO relations
SELECT pg_temp.entity_id(i), pg_temp.entity_ref(i), kind, pg_temp.entity_ref((i * 31 + n::integer) % (30000 * :scale)::integer + 1)
FROM generate_series(1, (30000 * :scale)::integer) AS i,
    unnest(ARRAY['ownedBy', 'partOf', 'dependsOn', 'consumesApi']) WITH ORDINALITY AS kinds (kind, n);
INSERT INTO search
SELECT pg_temp.entity_id(i), keys.key,
    CASE WHEN n % 13 = 0 THEN NULL WHEN n % 3 = 0 THEN md5(i || keys.key) ELSE 'value ' || i % (n * 50) END,
    CASE WHEN n % 13 = 0 THEN NULL WHEN n % 3 = 0 THEN upper(md5(i || keys.key)) ELSE 'Value ' || i % (n * 50) END
FROM generate_series(1, (30000 * :scale)::integer) AS i,
    (SELECT n, (ARRAY['metadata.annotations.example.com/', 'metadata.labels.', 'spec.', 'relations.'])[n % 4 + 1] || 'key-' || n
     FROM generate_series(1, 40) AS n) AS keys (n, key);
INSERT INTO stitch_queue
SELECT pg_temp.entity_ref(i), md5('t' || i), timestamptz '2025-06-01 12:00+00' FROM generate_series(1, (50 * :scale)::integer) AS i;

CREATE INDEX update_log_location_id_idx ON location_update_log (location_id);
CREATE UNIQUE INDEX refresh_state_entity_ref_uniq ON refresh_state (entity_ref);
CREATE INDEX refresh_state_next_update_at_idx ON refresh_state (next_update_at);
CREATE UNIQUE INDEX final_entities_entity_ref_uniq ON final_entities (entity_ref);
CREATE INDEX refresh_keys_entity_id_idx ON refresh_keys (entity_id);
CREATE INDEX refresh_keys_key_idx ON refresh_keys (key);
CREATE UNIQUE INDEX refresh_state_references_source_entity_ref_uniq ON refresh_state_references (source_entity_ref, target_entity_ref);
CREATE UNIQUE INDEX refresh_state_references_source_key_uniq ON refresh_state_references (source_key, target_entity_ref);
CREATE INDEX refresh_state_references_target_entity_ref_idx ON refresh_state_references (target_entity_ref);
CREATE INDEX relations_source_entity_ref_idx ON relations (source_entity_ref);
CREATE INDEX relations_source_entity_id_idx ON relations (originating_entity_id);
CREATE INDEX relations_target_entity_ref_idx ON relations (target_entity_ref);
CREATE UNIQUE INDEX search_entity_key_value_idx ON search (entity_id, key, value);
CREATE INDEX search_facets_covering_idx ON search (key, original_value, entity_id);
CREATE INDEX search_key_value_entity_idx ON search (key, value, entity_id);
CREATE INDEX stitch_queue_next_stitch_at_idx ON stitch_queue (next_stitch_at);
ALTER TABLE final_entities ADD FOREIGN KEY (entity_id) REFERENCES refresh_state (entity_id) ON DELETE CASCADE;
ALTER TABLE refresh_keys ADD FOREIGN KEY (entity_id) REFERENCES refresh_state (entity_id) ON DELETE CASCADE;
ALTER TABLE relations ADD FOREIGN KEY (originating_entity_id) REFERENCES refresh_state (entity_id) ON DELETE CASCADE;
ALTER TABLE refresh_state_references ADD FOREIGN KEY (target_entity_ref) REFERENCES refresh_state (entity_ref) ON DELETE CASCADE;
ALTER TABLE search ADD FOREIGN KEY (entity_id) REFERENCES final_entities (entity_id) ON DELETE CASCADE;
ALTER TABLE search SET (autovacuum_vacuum_scale_factor = 0.01, autovacuum_analyze_scale_factor = 0.01);
ALTER TABLE search ALTER COLUMN entity_id SET (n_distinct = -1);
CREATE STATISTICS search_key_value_stats (dependencies, ndistinct, mcv) ON key, value FROM search;
COMMENT ON TABLE search IS 'Flattened key-values from the entities, used for quick filtering';
COMMENT ON TABLE final_entities IS 'The result of stitching';
