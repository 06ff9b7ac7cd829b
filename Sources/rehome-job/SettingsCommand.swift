import ArgumentParser
import JobContract

struct SettingsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "settings", abstract: "List the environment variables, with meanings and defaults.")

    func run() {
        for setting in JobSetting.allCases {
            let fallback = setting.defaultValue.map { $0.isEmpty ? "default: empty" : "default: \($0)" } ?? "required"
            print("\(setting.rawValue)\n    \(setting.meaning) (\(fallback)\(setting.isSecret ? ", secret" : ""))")
        }
    }
}
