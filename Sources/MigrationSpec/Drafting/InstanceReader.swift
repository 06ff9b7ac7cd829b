public import SystemPackage
import YAMLTree

/// Finds out about an instance from its own files, before there is a config.
public struct InstanceReader: Sendable {
    public var files: InputFiles

    public init(files: InputFiles) { self.files = files }

    /// - Parameters:
    ///   - name: which CR, if the file holds several.
    ///   - plugins: the file with the dynamic plugins' ConfigMap, or the plugins themselves.
    /// - Throws: ``ConfigError`` with what is wrong with the files.
    public func read(
        _ file: FilePath, name: String?, plugins: FilePath?
    ) throws(ConfigError) -> (backstage: BackstageResource, orchestratorEvidence: String?) {
        var report = Report()
        let backstage = find(in: file, name: name, &report)
        var evidence = backstage?.orchestratorEvidence
        if let plugins, let text = read(plugins, &report), evidence == nil, text.contains("ref: sonataflow") {
            evidence = "the plugins in \(plugins) have 'ref: sonataflow'"
        }
        guard let backstage, !report.hasErrors else { throw ConfigError(problems: report.sorted) }
        return (backstage, evidence)
    }

    private func find(in path: FilePath, name: String?, _ report: inout Report) -> BackstageResource? {
        guard let text = read(path, &report) else { return nil }
        do throws(YAMLError) {
            let file = try YAMLFile(parsing: text, name: path.string)
            let start = YAMLPosition(file: path.string, line: 1, column: 1, offset: 0)
            let wanted = name.map { Located(value: ObjectName(checked: $0), position: start) }
            return BackstageFinder(file: file, wanted: wanted).find(&report)
        } catch {
            report.error(error)
            return nil
        }
    }

    private func read(_ path: FilePath, _ report: inout Report) -> String? {
        do throws(InputFiles.Failure) {
            return String(decoding: try files.read(path), as: UTF8.self)
        } catch {
            report.error("the file \(error.reason)", at: YAMLPosition(file: path.string, line: 1, column: 1, offset: 0))
            return nil
        }
    }
}
