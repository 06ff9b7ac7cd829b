import ArgumentParser
import JobContract

struct SettingsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "settings", abstract: "List the environment variables, with meanings and defaults.")

    @Option(help: "Form of the list.")
    var output = ReportFormat.text

    func run() throws {
        let settings = JobSetting.allCases.map { setting in
            SettingResult(
                name: setting.rawValue, meaning: setting.meaning, defaultValue: setting.defaultValue,
                isSecret: setting.isSecret)
        }
        try output.write(settings, lines: settings.map(\.text))
    }
}

/// One setting in the list.
private struct SettingResult: Encodable {
    var name: String
    var meaning: String
    /// `nil` if the Job needs the setting.
    var defaultValue: String?
    var isSecret: Bool

    var text: String {
        let fallback = defaultValue.map { $0.isEmpty ? "default: empty" : "default: \($0)" } ?? "required"
        return "\(name)\n    \(meaning) (\(fallback)\(isSecret ? ", secret" : ""))"
    }
}
