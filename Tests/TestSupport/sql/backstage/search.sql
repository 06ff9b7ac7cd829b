CREATE TABLE documents (type text NOT NULL, document jsonb NOT NULL, hash bytea NOT NULL PRIMARY KEY,
    body tsvector NOT NULL GENERATED ALWAYS AS (
        setweight(to_tsvector('english', document ->> 'title'), 'A')
        || setweight(to_tsvector('english', document ->> 'text'), 'B')) STORED);
CREATE FUNCTION pg_temp.words(i integer) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT string_agg((ARRAY['service', 'deployment', 'pipeline', 'cluster', 'database', 'gateway', 'running', 'monitors',
        'template', 'owner', 'team', 'documentation', 'workflow', 'plugin', 'token', 'registry'])[(i * w + w * w) % 16 + 1]
        || CASE WHEN w % 5 = 0 THEN ' item' || (i * 7 + w) % 20000 ELSE '' END, ' ')
    FROM generate_series(1, 45) AS w $$;
INSERT INTO documents (type, document, hash)
SELECT (ARRAY['software-catalog', 'techdocs', 'adr'])[i % 3 + 1],
    jsonb_build_object('title', 'Document ' || i, 'text', pg_temp.words(i), 'location', '/catalog/default/component/entity-' || i,
        'owner', 'team-' || i % 300, 'kind', 'Component', 'lifecycle', 'production'),
    decode(md5('document ' || i) || md5('more ' || i), 'hex')
FROM generate_series(1, (60000 * :scale)::integer) AS i;
CREATE INDEX documents_type_index ON documents (type);
CREATE INDEX documents_body_index ON documents USING gin (body);
CREATE INDEX documents_document_index ON documents USING gin (document);
