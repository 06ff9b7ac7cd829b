import JobContract
import MigrationSpec
import OutputFolder
import SystemPackage

/// Finds configs and reports of states in the given files and folders.
struct FleetInputs {
    /// Layers below all configs, which are no configs themselves.
    var layers: [String]

    /// What was found, and what could not be read or used.
    struct Found<Item> {
        var items: [Item]
        /// For people.
        var complaints: [String] = []
    }

    /// Configs, given as files or in folders. In a folder, every file of the kind Migration and every `rehome.yaml`
    /// counts.
    func configs(in places: [String]) throws(OutputError) -> Found<String> {
        let shared = Set(layers.map { InputFiles.realPath(of: FilePath($0)) })
        var found = Found<String>(items: [])
        for place in places {
            guard Self.isFolder(place) else {
                do throws(InputFiles.Failure) {
                    _ = try InputFiles.disk(environment: [:]).read(FilePath(place))
                    found.items.append(place)
                } catch {
                    found.complaints.append(
                        "error: \(place) \(error.reason)\n"
                            + "  Name files, or folders with files of the kind Migration of rehome.dev. (\(DocsPage.fleet))"
                    )
                }
                continue
            }
            let names = try FileSearch.files(below: FilePath(place)) { $0.hasSuffix(".yaml") || $0.hasSuffix(".yml") }
            for name in names where !shared.contains(InputFiles.realPath(of: name)) {
                do throws(InputFiles.Failure) {
                    if try Self.isConfig(name) { found.items.append(name.string) }
                } catch {
                    found.complaints.append(
                        "error: \(name) \(error.reason), so nobody can tell whether it is a config\n"
                            + "  Make it readable, or name folders that it is not in.")
                }
            }
        }
        var seen: Set<FilePath> = []
        found.items = found.items.filter { seen.insert(InputFiles.realPath(of: FilePath($0))).inserted }
        return found
    }

    /// Output of `rehome-job status --output json`: files, all `.json` files of a folder, or standard input.
    func states(in places: [String]) throws(OutputError) -> Found<FleetState> {
        let files = InputFiles.disk(environment: [:])
        var paths: [FilePath] = []
        for place in places {
            guard Self.isFolder(place) else {
                paths.append(FilePath(place))
                continue
            }
            paths += try FileSearch.files(below: FilePath(place)) { $0.hasSuffix(".json") }
        }
        var states = Found<FleetState>(items: [])
        for path in paths {
            do throws(InputFiles.Failure) {
                states.items += try FleetState.all(in: try files.read(path), from: path.string)
            } catch {
                states.complaints.append(
                    "error: \(path) \(error.reason), so nothing of it is shown\n"
                        + "  It is to hold what rehome-job status --output json wrote. (\(DocsPage.fleet))")
            }
        }
        return states
    }

    private static func isFolder(_ place: String) -> Bool {
        guard place != "-" else { return false }
        return (try? FileDescriptor.open(FilePath(place), .readOnly, options: [.directory, .nonBlocking]).close())
            != nil
    }

    /// Whether the file is a config. It is searched as bytes, so that a broken config, such as one without a kind, is
    /// found and reported as broken.
    private static func isConfig(_ path: FilePath) throws(InputFiles.Failure) -> Bool {
        if path.lastComponent?.string == "rehome.yaml" { return true }
        let lines = try InputFiles.disk(environment: [:]).read(path).split(separator: UInt8(ascii: "\n"))
        func holds(_ key: String, _ value: String) -> Bool? {
            let found = lines.filter { $0.starts(with: Array(key.utf8)) }
            return found.isEmpty ? nil : found.contains { $0.firstRange(of: Array(value.utf8)) != nil }
        }
        return holds("apiVersion", "rehome.dev/") ?? false && holds("kind", "Migration") ?? true
    }
}
