CREATE TABLE event_bus_events (id bigserial PRIMARY KEY, created_by text NOT NULL, created_at timestamptz DEFAULT now(),
    topic text NOT NULL, data_json text NOT NULL, notified_subscribers text[]);
CREATE TABLE event_bus_subscriptions (id varchar(255) PRIMARY KEY, created_by text NOT NULL, created_at timestamptz,
    updated_at timestamptz, read_until bigint NOT NULL, topics text[] NOT NULL);
INSERT INTO event_bus_events (created_by, created_at, topic, data_json, notified_subscribers)
SELECT 'plugin:catalog', timestamptz '2025-06-01 00:00+00' + i * interval '7 s', 'github.push', '{"eventPayload":{"ref":"' || md5(i::text) || '"}}',
    CASE i % 3 WHEN 0 THEN NULL WHEN 1 THEN '{}' ELSE ARRAY['catalog', 'it''s "quoted", with {braces}'] END
FROM generate_series(1, (6000 * :scale)::integer) AS i;
INSERT INTO event_bus_subscriptions SELECT 'subscriber-' || i, 'plugin:catalog', '2025-06-01 00:00+00', NULL, i * 100, ARRAY['github.push', 'topic ' || i]
FROM generate_series(1, 8) AS i;
CREATE INDEX event_bus_events_topic_idx ON event_bus_events (topic);
CREATE INDEX event_bus_subscriptions_topics_idx ON event_bus_subscriptions USING gin (topics);
