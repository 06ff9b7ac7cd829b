import JobContract

struct CutoverSection: Section {
    @Key(
        .defaultsTo(.copy),
        meaning:
            "copy renders the changed CR into stage 3; inPlace edits the team's own file; patch renders a kustomize "
            + "Component for a CR that Helm or kustomize renders; none leaves it to a person.",
        consequence:
            "A CR that an Application or Kustomization owns already needs inPlace or patch: a second copy has two "
            + "owners, who undo each other.")
    var mode: Located<CutoverMode>

    @Key(
        .defaultsTo(.keep),
        meaning:
            "keep leaves the operator's own database standing by until phase is done; retire sets enableLocalDb: false.",
        consequence:
            "With retire, an operator up to 1.9 deletes the local database's StatefulSet, Service and Secret at once.")
    var localDatabase: Located<LocalDatabase>

    @Key(
        .defaultsTo(.job),
        meaning: "Who leaves the receipt that the cut-over waits for: the job, a person (manual), or nobody (none).",
        consequence: "With none, applying stage 3 early loses data; only the engine's order protects it.")
    var gate: Located<Gate>

    @Key(
        .optional("the way back uses the operator's own Secret"),
        meaning: "A copy of the operator's database Secret under another name, which the runbook tells how to make.",
        consequence:
            "An operator up to 1.9 deletes its Secret with the local database, and a new one would not open the old volume."
    )
    var savedSecret: Located<ObjectName>?

    @Key(
        .defaultsTo(false),
        meaning:
            "Whether the new pods of Backstage are made ready before the fence falls: an init container, rehome-job wait, "
            + "holds each until everything is published.",
        consequence:
            "The cut-over may be applied together with the copy, and the door is its gate. Backstage's pod must be able to "
            + "pull migration.image.")
    var door: Located<Bool>

    @Key(
        .defaultsTo(TimeSpan(checked: "15m")),
        meaning: "How long the fence waits for new pods at the door, up to 24h, once the copy keeps up.",
        consequence: "Then it falls without them, and the roll-out comes after it as without a door.")
    var doorPatience: Located<TimeSpan>
}
