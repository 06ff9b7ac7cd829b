public struct RollbackSection: Section {
    enum Keys {
        static let step = Field<RollbackStep>(
            "step", .defaultsTo(.copyBack),
            meaning:
                "copyBack raises the local database and copies everything back to it; cutoverBack then lets Backstage "
                + "follow, which waits for the receipt of that copy.",
            consequence: "Backstage can read but not write from the copy's fence until cutoverBack has rolled out.")
    }

    public static var fields: [any FieldDeclaration] { [Keys.step] }

    var step: RollbackStep

    public init?(_ reader: inout SectionReader) {
        guard let step = reader.read(Keys.step)?.value else { return nil }
        self.step = step
    }
}
