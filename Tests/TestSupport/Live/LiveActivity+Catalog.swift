/// What the catalog does all day (Backstage's `DefaultProcessingDatabase` and its stitcher).
extension LiveActivity {
    /// Takes the next entities that are due and sets the time of their next turn. With nothing new about them, that is
    /// all that is written, and every entity comes round within the processing interval.
    /// - Parameter rowsPerSecond: How many come round.
    static func refresh(entities: Int, rowsPerSecond: Double) -> LiveActivity {
        let batch = 10
        return LiveActivity(database: "backstage_plugin_catalog", period: Double(batch) / rowsPerSecond) {
            turn throws(PlainSession.Failure) in
            let due = try turn.read(
                "SELECT entity_ref FROM refresh_state WHERE next_update_at <= now() ORDER BY next_update_at ASC LIMIT \(batch) FOR UPDATE SKIP LOCKED"
            )
            let names = due.compactMap { $0.first ?? nil }.map { "'\($0)'" }.joined(separator: ", ")
            guard !names.isEmpty else { return }
            try turn.write(
                "refresh_state",
                "UPDATE refresh_state SET next_update_at = now() + interval '\(turn.roundSeconds) seconds' WHERE entity_ref IN (\(names))"
            )
        }
    }

    /// An entity has changed: its state, its relations, and what the stitcher makes of both.
    static func change(entities: Int) -> LiveActivity {
        LiveActivity(database: "backstage_plugin_catalog", period: 1) { turn throws(PlainSession.Failure) in
            let place = turn.number(1...max(1, entities))
            let id = "md5('entity \(place)')::uuid::text"
            let word = turn.word()
            try turn.write(
                "refresh_state",
                "UPDATE refresh_state SET processed_entity = left(processed_entity, 900) || '\(word)', result_hash = md5('\(word)'), errors = '[]' WHERE entity_id = \(id)"
            )
            try turn.write("relations", "DELETE FROM relations WHERE originating_entity_id = \(id)")
            try turn.write(
                "relations",
                """
                INSERT INTO relations SELECT r.entity_id, r.entity_ref, kind, 'group:default/\(word)-' || kind
                FROM refresh_state r, unnest(ARRAY['ownedBy', 'partOf', 'dependsOn', 'consumesApi', 'apiConsumedBy', 'hasPart']) AS kind
                WHERE r.entity_id = \(id)
                """)
            try turn.write(
                "stitch_queue",
                """
                INSERT INTO stitch_queue SELECT entity_ref, '\(word)', now() FROM refresh_state WHERE entity_id = \(id)
                ON CONFLICT (entity_ref) DO UPDATE SET stitch_ticket = excluded.stitch_ticket, next_stitch_at = excluded.next_stitch_at
                """)
            try turn.write(
                "final_entities",
                "UPDATE final_entities SET final_entity = left(final_entity, 900) || '\(word)', hash = md5('\(word)'), last_updated_at = now() WHERE entity_id = \(id)"
            )
            try turn.write("search", "DELETE FROM search WHERE entity_id = \(id)")
            try turn.write(
                "search",
                """
                INSERT INTO search SELECT f.entity_id, 'metadata.annotations.live/key-' || n, CASE WHEN n % 13 > 0 THEN '\(word) ' || n END, upper('\(word) ' || n)
                FROM final_entities f, generate_series(1, 60) AS n WHERE f.entity_id = \(id)
                """)
            try turn.write("stitch_queue", "DELETE FROM stitch_queue WHERE stitch_ticket = '\(word)'")
        }
    }
}
