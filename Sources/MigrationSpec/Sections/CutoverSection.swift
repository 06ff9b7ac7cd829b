import JobContract

public struct CutoverSection: Section {
    enum Keys {
        static let mode = Field<CutoverMode>(
            "mode", .defaultsTo(.copy),
            meaning:
                "copy renders the changed CR into stage 3; inPlace edits the team's own file; patch renders a kustomize "
                + "Component for a CR that Helm or kustomize renders; none leaves it to a person.",
            consequence:
                "A CR that an Application or Kustomization owns already needs inPlace or patch: a second copy has two "
                + "owners, who undo each other.")
        static let localDatabase = Field<LocalDatabase>(
            "localDatabase", .defaultsTo(.keep),
            meaning:
                "keep leaves the operator's own database standing by until phase is done; retire sets enableLocalDb: false.",
            consequence:
                "With retire, an operator up to 1.9 deletes the local database's StatefulSet, Service and Secret at once."
        )
        static let gate = Field<Gate>(
            "gate", .defaultsTo(.job),
            meaning:
                "Who leaves the receipt that the cut-over waits for: the job, a person (manual), or nobody (none).",
            consequence: "With none, applying stage 3 early loses data; only the engine's order protects it.")
        static let savedSecret = Field<ObjectName>(
            "savedSecret", .optional("the way back uses the operator's own Secret"),
            meaning:
                "A copy of the operator's database Secret under another name, which the runbook tells how to make.",
            consequence:
                "An operator up to 1.9 deletes its Secret with the local database, and a new one would not open the old volume."
        )
        static let door = Field<Bool>(
            "door", .defaultsTo(false),
            meaning:
                "Whether the new pods of Backstage are made ready before the fence falls: an init container, rehome-job wait, "
                + "holds each until everything is published.",
            consequence:
                "The cut-over may be applied together with the copy, and the door is its gate. Backstage's pod must be able to "
                + "pull migration.image.")
        static let doorPatience = Field<TimeSpan>(
            "doorPatience", .defaultsTo(TimeSpan(checked: "15m")),
            meaning: "How long the fence waits for new pods at the door, up to 24h, once the copy keeps up.",
            consequence: "Then it falls without them, and the roll-out comes after it as without a door.")
    }

    public static var fields: [any FieldDeclaration] {
        [Keys.mode, Keys.localDatabase, Keys.gate, Keys.savedSecret, Keys.door, Keys.doorPatience]
    }

    var mode: Located<CutoverMode>
    var localDatabase: Located<LocalDatabase>
    var gate: Located<Gate>
    var savedSecret: Located<ObjectName>?
    var door: Located<Bool>
    var doorPatience: Located<TimeSpan>

    public init?(_ reader: inout SectionReader) {
        let mode = reader.read(Keys.mode)
        let localDatabase = reader.read(Keys.localDatabase)
        let gate = reader.read(Keys.gate)
        savedSecret = reader.read(Keys.savedSecret)
        let door = reader.read(Keys.door)
        let doorPatience = reader.read(Keys.doorPatience)
        guard let mode, let localDatabase, let gate, let door, let doorPatience else { return nil }
        self.door = door
        self.doorPatience = doorPatience
        self.mode = mode
        self.localDatabase = localDatabase
        self.gate = gate
    }
}
