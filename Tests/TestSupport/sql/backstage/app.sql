CREATE TABLE static_assets_cache (namespace varchar(255) NOT NULL DEFAULT 'default', path text NOT NULL, content bytea NOT NULL,
    last_modified_at timestamptz NOT NULL, PRIMARY KEY (namespace, path));
INSERT INTO static_assets_cache
SELECT 'default', 'static/module-' || i || '.' || md5(i::text) || '.chunk.js',
    (SELECT string_agg(decode(md5(i || ':' || n), 'hex'), '') FROM generate_series(1, 200 + i * 37 % 1500) AS n),
    timestamptz '2025-05-20 10:00+00'
FROM generate_series(1, (600 * :scale)::integer) AS i;
CREATE INDEX static_asset_cache_last_modified_at_idx ON static_assets_cache (last_modified_at);
