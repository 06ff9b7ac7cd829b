/// What the other plugins write, each in a database of its own.
extension LiveActivity {
    /// In the database of every plugin that has a schedule: a task is claimed and done, and now and then the key that
    /// signs calls between plugins is a new one.
    static func schedule(in database: String, period: Double) -> LiveActivity {
        LiveActivity(database: database, period: period) { turn throws(PlainSession.Failure) in
            let tasks = "backstage_backend_tasks__tasks"
            let task = "task-\(turn.number % 6 + 1)"
            let word = turn.word()
            try turn.write(
                tasks,
                "UPDATE \(tasks) SET current_run_ticket = '\(word)', current_run_started_at = now(), current_run_expires_at = now() + interval '10 minutes' WHERE id = '\(task)'"
            )
            try turn.write(
                tasks,
                """
                UPDATE \(tasks) SET current_run_ticket = NULL, current_run_started_at = NULL, current_run_expires_at = NULL,
                    next_run_start_at = now() + interval '30 seconds' WHERE id = '\(task)' AND current_run_ticket = '\(word)'
                """)
            guard turn.number % 6 == 0 else { return }
            let keys = "backstage_backend_public_keys__keys"
            try turn.write(
                keys,
                "INSERT INTO \(keys) VALUES ('\(word)', '{\"kty\":\"EC\",\"kid\":\"\(word)\"}', to_char(now() + interval '1 hour', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"'))"
            )
            try turn.write(
                keys,
                "DELETE FROM \(keys) WHERE id IN (SELECT id FROM \(keys) ORDER BY expires_at LIMIT greatest(0, (SELECT count(*) - 20 FROM \(keys))))"
            )
        }
    }

    static let plugins: [LiveActivity] = [
        LiveActivity(database: "backstage_plugin_auth", period: 0.7) { turn throws(PlainSession.Failure) in
            try turn.write(
                "sessions",
                "INSERT INTO sessions VALUES ('\(turn.word())', '{\"cookie\":{\"path\":\"/\"}}', now() + interval '1 day')"
            )
            try turn.write(
                "sessions", "DELETE FROM sessions WHERE sid IN (SELECT sid FROM sessions ORDER BY expired LIMIT 1)")
        },
        LiveActivity(database: "backstage_plugin_scaffolder", period: 1) { turn throws(PlainSession.Failure) in
            let task = "md5('task \(turn.number / 40 % 20 + 1)')::uuid"
            try turn.write(
                "task_events",
                "INSERT INTO task_events (task_id, body, event_type) SELECT id, '{\"message\":\"step \(turn.number)\"}', 'log' FROM tasks WHERE id = \(task)"
            )
            try turn.write(
                "tasks",
                "UPDATE tasks SET last_heartbeat_at = now(), state = '{\"step\":\(turn.number)}' WHERE id = \(task)")
        },
        // The indexer fills a table of its own session, and keeps what is new of it.
        LiveActivity(database: "backstage_plugin_search", period: 10) { turn throws(PlainSession.Failure) in
            let word = turn.word()
            try turn.read(
                "CREATE TEMP TABLE documents_to_insert (type text NOT NULL, document jsonb NOT NULL, hash bytea NOT NULL) ON COMMIT DROP"
            )
            try turn.read(
                "INSERT INTO documents_to_insert SELECT type, document, hash FROM documents WHERE type = 'adr' LIMIT 200"
            )
            try turn.read(
                """
                INSERT INTO documents_to_insert
                SELECT 'adr', jsonb_build_object('title', 'live \(word) ' || n, 'text', 'words of \(word)'), sha256(('\(word) ' || n)::bytea) FROM generate_series(1, 5) AS n
                """)
            try turn.write(
                "documents",
                "INSERT INTO documents (type, document, hash) SELECT type, document, hash FROM documents_to_insert ON CONFLICT DO NOTHING"
            )
            try turn.write(
                "documents",
                "DELETE FROM documents WHERE hash IN (SELECT hash FROM documents WHERE type = 'adr' ORDER BY hash LIMIT 5)"
            )
        },
        LiveActivity(database: "backstage_plugin_app", period: 5) { turn throws(PlainSession.Failure) in
            try turn.write(
                "static_assets_cache",
                "UPDATE static_assets_cache SET last_modified_at = now() WHERE path IN (SELECT path FROM static_assets_cache ORDER BY last_modified_at LIMIT 3)"
            )
        },
        LiveActivity(database: "backstage_plugin_adoption-insights", period: 2) { turn throws(PlainSession.Failure) in
            try turn.write(
                "events",
                """
                INSERT INTO events (session_id, user_ref, plugin_id, action, subject, context, attributes, value, created_at)
                SELECT '\(turn.word())', 'user:default/live', 'catalog', 'click', '/', '{}', jsonb_build_object('n', n), 1, timestamptz '2025-07-15 00:00+00' + \(turn.number) * interval '1 second'
                FROM generate_series(1, 3) AS n
                """)
        },
        LiveActivity(database: "backstage_plugin_orchestrator", period: 2) { turn throws(PlainSession.Failure) in
            let service = #""sonataflow-platform-data-index-service""#
            let id = turn.word()
            try turn.write(
                "processes",
                "INSERT INTO \(service).processes VALUES ('\(id)', NULL, NULL, 'http://live', 'live', now(), 1, '{\"live\":true}', '1.0')"
            )
            try turn.write(
                "nodes",
                "INSERT INTO \(service).nodes SELECT '\(id)-' || n, n::text, now(), NULL, 'Step ' || n, n::text, 'ActionNode', '\(id)' FROM generate_series(1, 4) AS n"
            )
            try turn.write(
                "processes", "UPDATE \(service).processes SET state = 2, end_time = now() WHERE id = '\(id)'")
        },
        LiveActivity(database: "backstage_plugin_notifications", period: 2) { turn throws(PlainSession.Failure) in
            try turn.write(
                "notification",
                "INSERT INTO notification (id, \"user\", title, origin, created) VALUES (md5('\(turn.word())')::uuid, 'user:default/live', 'live \(turn.number)', 'plugin:live', now())"
            )
            try turn.write(
                "notification",
                "UPDATE notification SET read = now() WHERE id IN (SELECT id FROM notification WHERE read IS NULL ORDER BY id LIMIT 1)"
            )
        },
        LiveActivity(database: "backstage_plugin_events", period: 2) { turn throws(PlainSession.Failure) in
            try turn.write(
                "event_bus_events",
                "INSERT INTO event_bus_events (created_by, topic, data_json) VALUES ('plugin:live', 'live', '{\"n\":\(turn.number)}')"
            )
            try turn.write(
                "event_bus_subscriptions",
                "UPDATE event_bus_subscriptions SET read_until = (SELECT max(id) FROM event_bus_events), updated_at = now() WHERE id = 'subscriber-\(turn.number % 8 + 1)'"
            )
        },
        LiveActivity(database: "backstage_plugin_permission", period: 5) { turn throws(PlainSession.Failure) in
            try turn.write(
                "casbin_rule",
                "INSERT INTO casbin_rule (ptype, v0, v1, v2, v3) VALUES ('p', 'role:default/live', '\(turn.word())', 'read', 'allow')"
            )
            try turn.write("casbin_rule", "DELETE FROM casbin_rule WHERE id IN (SELECT min(id) FROM casbin_rule)")
            try turn.write(
                "role-metadata",
                "UPDATE \"role-metadata\" SET \"lastModified\" = now()::text WHERE \"roleEntityRef\" = 'role:default/role-\(turn.number % 40)'"
            )
        },
        LiveActivity(database: "backstage_plugin_user-settings", period: 2) { turn throws(PlainSession.Failure) in
            try turn.write(
                "user_settings",
                """
                INSERT INTO user_settings VALUES ('user:default/user-\(turn.number(1...50))', 'live', 'theme', '"\(turn.word())"')
                ON CONFLICT (user_entity_ref, bucket, key) DO UPDATE SET value = excluded.value
                """)
        },
        LiveActivity(database: "rhdh-ls", period: 3) { turn throws(PlainSession.Failure) in
            let conversation = "live-\(turn.number / 5)"
            try turn.write(
                "cache",
                "INSERT INTO cache (user_id, conversation_id, created_at, query, response) VALUES ('live', '\(conversation)', clock_timestamp(), 'why?', '\(turn.word())')"
            )
            try turn.write(
                "conversations",
                """
                INSERT INTO conversations VALUES ('live', '\(conversation)', 'Living', clock_timestamp())
                ON CONFLICT (user_id, conversation_id) DO UPDATE SET last_message_timestamp = excluded.last_message_timestamp
                """)
        },
        // Has no tables of its own; the writers' ledger is written to in every turn.
        LiveActivity(database: "backstage_plugin_healthcheck", period: 2) { _ throws(PlainSession.Failure) in },
    ]
}
