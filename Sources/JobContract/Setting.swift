import Synchronization

/// A setting of the Job, declared where its value is kept:
///
///     @Setting(.workers, .number(4, in: 1...64), meaning: "How many tables are copied or indexes built at once.")
///     public var workers: Int
///
/// ``JobSettings`` finds its settings by reflection, as a section of the config finds its keys.
@propertyWrapper
public struct Setting<Value: Sendable>: Sendable {
    /// Reflection copies the properties. The slot is shared, so that a value which a copy has read reaches the
    /// settings.
    private final class Slot: Sendable {
        let value = Mutex<Value?>(nil)
    }

    let setting: JobSetting
    let form: SettingForm<Value>
    let isSecret: Bool
    let meaning: String
    private let slot = Slot()

    init(_ setting: JobSetting, _ form: SettingForm<Value>, isSecret: Bool = false, meaning: String) {
        self.setting = setting
        self.form = form
        self.isSecret = isSecret
        self.meaning = meaning
    }

    public var wrappedValue: Value { slot.value.withLock(\.self) ?? form.fallback }
}

/// A setting's declaration, whatever its type.
protocol SettingDeclaration: Sendable {
    var setting: JobSetting { get }
    var meaning: String { get }
    var defaultValue: String? { get }
    var isSecret: Bool { get }
    func read(_ environment: [String: String], _ problems: inout [String])
}

extension Setting: SettingDeclaration {
    var defaultValue: String? { form.defaultValue }

    func read(_ environment: [String: String], _ problems: inout [String]) {
        guard let text = environment[setting.rawValue].flatMap({ $0.isEmpty ? nil : $0 }) ?? defaultValue else {
            let mismatch = SettingMismatch(found: nil, expected: meaning)
            problems.append(mismatch.problem(with: setting))
            return
        }
        var mismatches: [SettingMismatch] = []
        let value = form.read(text, &mismatches)
        slot.value.withLock { $0 = value }
        problems += mismatches.map { $0.problem(with: setting) }
    }
}

/// What a variable contains, and what was expected.
struct SettingMismatch {
    /// `nil` where the variable is not set.
    var found: String?
    var expected: String

    /// A secret's value is not repeated in the message, not even a wrong one.
    func problem(with setting: JobSetting) -> String {
        guard let found else { return "\(setting.rawValue) is not set. It is: \(expected)" }
        let shown = setting.isSecret ? "a value that does not fit" : VisibleText.of(found)
        return "\(setting.rawValue): found \(shown), expected \(expected)"
    }
}
