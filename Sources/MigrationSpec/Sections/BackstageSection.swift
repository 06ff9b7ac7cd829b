public struct BackstageSection: Section {
    enum Keys {
        static let file = Field<FileName>(
            "file", meaning: "The file with the Backstage CR, as the team keeps it in git.")
        static let name = Field<ObjectName>(
            "name", .optional("the only Backstage CR in the file"), meaning: "Which CR, if the file holds several.")
        static let operatorVersion = Field<OperatorVersion>(
            "operatorVersion", .optional("unknown; the consequences of both kinds are told"),
            meaning: "The release of the rhdh-operator that reconciles the CR.",
            consequence:
                "Up to 1.9, enableLocalDb: false deletes the local database's StatefulSet, Service and Secret at once; "
                + "from 1.10 on they are left running.")
    }

    public static var fields: [any FieldDeclaration] { [Keys.file, Keys.name, Keys.operatorVersion] }

    var file: Located<FileName>
    var name: Located<ObjectName>?
    var operatorVersion: Located<OperatorVersion>?

    public init?(_ reader: inout SectionReader) {
        let file = reader.read(Keys.file)
        name = reader.read(Keys.name)
        operatorVersion = reader.read(Keys.operatorVersion)
        guard let file else { return nil }
        self.file = file
    }
}
