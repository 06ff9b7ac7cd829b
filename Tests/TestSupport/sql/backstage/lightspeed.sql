-- Of Lightspeed Core, not of a plugin: no knex tables.
CREATE TABLE cache (user_id text NOT NULL, conversation_id text NOT NULL, created_at timestamp NOT NULL, started_at text, completed_at text,
    query text, response text, provider text, model text, referenced_documents jsonb, tool_calls jsonb, tool_results jsonb,
    PRIMARY KEY (user_id, conversation_id, created_at));
CREATE TABLE conversations (user_id text NOT NULL, conversation_id text NOT NULL, topic_summary text, last_message_timestamp timestamp NOT NULL,
    PRIMARY KEY (user_id, conversation_id));
CREATE INDEX timestamps ON cache (created_at);
INSERT INTO cache
SELECT 'user-' || i % 100, md5('conversation ' || i / 6), timestamp '2025-06-01' + i * interval '47 s', NULL, NULL, 'How do I deploy service ' || i || '?',
    repeat('Use the template "' || md5(i::text) || E'".\n', 6), 'vllm', 'granite', NULL, '[]', '[]'
FROM generate_series(1, (3000 * :scale)::integer) AS i;
INSERT INTO conversations SELECT DISTINCT ON (user_id, conversation_id) user_id, conversation_id, 'Deploying', created_at
FROM cache ORDER BY user_id, conversation_id, created_at DESC;
