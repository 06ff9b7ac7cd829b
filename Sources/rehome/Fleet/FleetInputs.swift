import MigrationSpec
import OutputFolder
import SystemPackage

/// Finds the configs and the reports of states that a person means by files and folders.
struct FleetInputs {
    /// Layers below all configs, which are none themselves.
    var layers: [String]

    /// Configs as they are, and those in folders: files of the kind Migration, and every `rehome.yaml`.
    func configs(in places: [String]) throws(OutputError) -> [String] {
        let shared = Set(layers.map { InputFiles.realPath(of: FilePath($0)) })
        var found: [String] = []
        for place in places {
            guard Self.isFolder(place) else {
                found.append(place)
                continue
            }
            found += try FileSearch.files(below: FilePath(place)) { $0.hasSuffix(".yaml") || $0.hasSuffix(".yml") }
                .filter { Self.isConfig($0) && !shared.contains(InputFiles.realPath(of: $0)) }.map(\.string)
        }
        var seen: Set<FilePath> = []
        return found.filter { seen.insert(InputFiles.realPath(of: FilePath($0))).inserted }
    }

    /// What `rehome-job status --output json` wrote: files, all `.json` of a folder, or standard input.
    func states(in places: [String]) throws(OutputError) -> [FleetState] {
        let files = InputFiles.disk(environment: [:])
        var paths: [FilePath] = []
        for place in places {
            guard Self.isFolder(place) else {
                paths.append(FilePath(place))
                continue
            }
            paths += try FileSearch.files(below: FilePath(place)) { $0.hasSuffix(".json") }
        }
        var states: [FleetState] = []
        for path in paths {
            do throws(InputFiles.Failure) {
                states += try FleetState.all(in: try files.read(path), from: path.string)
            } catch {
                throw OutputError(
                    "\(path) \(error.reason)", advice: "It is to hold what rehome-job status --output json wrote.")
            }
        }
        return states
    }

    private static func isFolder(_ place: String) -> Bool {
        guard place != "-" else { return false }
        return (try? FileDescriptor.open(FilePath(place), .readOnly, options: [.directory, .nonBlocking]).close())
            != nil
    }

    /// By its bytes, since one that is broken is to be shown as such.
    private static func isConfig(_ path: FilePath) -> Bool {
        if path.lastComponent?.string == "rehome.yaml" { return true }
        guard let bytes = try? InputFiles.disk(environment: [:]).read(path) else { return false }
        let (key, group) = (Array("apiVersion".utf8), Array("rehome.dev/".utf8))
        return bytes.split(separator: UInt8(ascii: "\n")).contains { line in
            line.starts(with: key) && line.firstRange(of: group) != nil
        }
    }
}
