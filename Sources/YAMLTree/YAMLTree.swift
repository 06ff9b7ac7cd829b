// YAML as a tree that remembers where each node stood: parse, edit in place, emit.
//
// **Parse.** ``YAMLFile/init(parsing:name:)-(String,_)`` turns text into documents of ``YAMLNode``:
//
//     let file = try YAMLFile(parsing: text, name: "backstage.yaml")
//     let root = try file.onlyDocument.root
//     root["spec"]?["database"]?["enableLocalDb"]?.bool          // true
//     root[at: ["spec", "application", "extraEnvs", "envs", 0, "name"]]?.string
//     root["kind"]?.start.description                            // "backstage.yaml:2:7"
//
// Aliases and merge keys (`<<`) are followed by every reader. ``YAMLNode/value()`` gives the plain ``YAMLValue``.
//
// **Edit.** ``YAMLFile/applying(_:toDocument:)`` changes only the lines that must change, in order, and proves after
// each edit that the new text parses to the edited tree:
//
//     let edited = try file.applying([
//         .set(["spec", "database", "enableLocalDb"], false),
//         .append(to: ["spec", "application", "extraEnvs", "secrets"], ["name": "backstage-database"]),
//         .insert(["name": "LOG_LEVEL", "value": "info"], after: ["spec", "application", "extraEnvs", "envs", 0]),
//         .remove(["spec", "database", "authSecretName"]),
//     ])
//     edited.text
//
// **Emit.** ``YAMLValue/yaml()`` writes the text that people expect of a Kubernetes manifest. Values are literals:
//
//     let service: YAMLValue = ["apiVersion": "v1", "kind": "Service", "spec": ["ports": [["port": 5432]]]]
//
// **Templates.** A template is real YAML with placeholders `<name>`; ``YAMLNode/filled(_:)`` resolves them on the tree:
//
//     image: <image>                        # alone: becomes any value; nil removes the entry
//     host: <service>.<namespace>.svc       # inside text: must be text or a number
//     value: "<port>"                       # quoted: stays text
//
// A name is letters, digits, and `.` between them, and starts with a letter; `\<name>` stands for a literal `<name>`.
//
// Everything that can go wrong with input is a ``YAMLError``, which carries file, line and column. Errors never
// repeat a scalar's content, since it may be a secret.
//
// Reading is done by libyaml (YAML 1.1 with the 1.2 that matters); see <https://yaml.org/spec/1.2.2/>.
