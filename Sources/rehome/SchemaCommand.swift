import ArgumentParser
import MigrationSpec
import YAMLTree

struct SchemaCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema", abstract: "Print the JSON Schema of rehome.yaml.",
        discussion: "Editors complete and check the config with it. For editors with the YAML language server:\n"
            + "  rehome schema > rehome.schema.json, and as the config's first line\n"
            + "  # yaml-language-server: $schema=rehome.schema.json")

    func run() throws { try Console.write(ConfigFormat.jsonSchema.json()) }
}
