CREATE TABLE user_settings (user_entity_ref varchar(255) NOT NULL, bucket varchar(255) NOT NULL, key varchar(255) NOT NULL,
    value text NOT NULL, PRIMARY KEY (user_entity_ref, bucket, key));
INSERT INTO user_settings
SELECT 'user:default/user-' || i / 5, 'homepage.widgets', 'setting-' || i % 5, '"' || md5(i::text) || '"'
FROM generate_series(5, 4 + (5000 * :scale)::integer) AS i;
