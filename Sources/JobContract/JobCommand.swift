/// What `rehome-job` can be told to do: the first argument of its container.
public enum JobCommand: String, CaseIterable, Sendable {
    /// Copy, keep up with the source until ``JobSetting/notBefore``, fence, verify, publish, and leave the receipt.
    /// ``JobSetting/direction`` gives the direction; the source is always the server that is read, and the target the
    /// one that is written.
    case migrate
    /// Give the command that a migration with ``CutoverPolicy/onCommand`` waits for.
    case go
    /// Wait until the databases are published, as an init container of a new pod of Backstage. The migration sees which
    /// pods wait (``JobSetting/doors``).
    case wait
    /// Copy and verify under temporary names, without a fence, and publish nothing. A ``migrate`` with the same
    /// namespace, instance, generation and direction takes up the copy. Needs no gate and no receipt's name.
    case rehearse
    /// Look at both servers and say what stands in the way.
    case preflight
    /// Say what state the migration is in.
    case status
    /// Lift the fence from the source.
    case release
    /// Drop what unpublished attempts have left at the target.
    case clean
    /// Give schemas of a published database the names under which Backstage's neighbours look for them.
    case renameSchemas = "rename-schemas"
    /// Check the cut-over: that Backstage works on the published databases and on the source no more. Ends with
    /// ``ExitStatus/success``, ``ExitStatus/retry`` while it is not there yet, or ``ExitStatus/personMustAct``.
    /// `--wait 15m` asks again until then.
    case after
    /// Compare the published databases with the source's, row by row.
    case verify
    /// Write a report of the move, or of the rehearsal, from what the target holds: text, JSON or a page.
    case report
    /// List the settings.
    case settings
}

/// Which way the databases move.
public enum Direction: String, CaseIterable, Sendable, Codable {
    /// From the operator's local database to the target of the config.
    case forward
    /// Back. The source is the target of the forward migration of the same generation. The target is the local server,
    /// whose own databases are stale and fenced, and are renamed aside.
    case rollback
}
