import Synchronization

/// A key of the config, declared on the property that holds its value:
///
///     @Key(.defaultsTo(.gentle), meaning: "How the source is read: gentle or full.")
///     var pace: Pace
///
/// The property's name is the key's, and its type says whether the key may be absent. A section finds its keys by
/// reflection, in the order in which they stand. A macro could do the same, but every build would have to compile
/// swift-syntax for it. With a list of key paths or a parameter pack, each key would be named twice.
@propertyWrapper
struct Key<Content: KeyContent>: Sendable {
    /// Reflection copies a section's properties. All copies share the slot, so that a value read into a copy reaches the
    /// section.
    private final class Slot: Sendable {
        let content = Mutex<Content?>(nil)
    }

    /// The declaration, without the name, which is the property's.
    let projectedValue: Field<Content.Value>
    private let slot = Slot()

    /// A key that is required or has a default.
    init(
        _ presence: Field<Content.Value>.Presence = .required, name: String = "", meaning: String,
        consequence: String? = nil
    ) {
        projectedValue = Field(presence, name: name, meaning: meaning, consequence: consequence)
    }

    /// A key that may be absent, so that its property is an optional.
    init<Wrapped: KeyContent>(_ absence: Absence, name: String = "", meaning: String, consequence: String? = nil)
    where Content == Wrapped? {
        projectedValue = Field(.absent(absence), name: name, meaning: meaning, consequence: consequence)
    }

    /// A key that another section declares.
    init(like other: Field<Content.Value>) { projectedValue = other }

    /// The value that was read. A section is returned only if every key has a value, so it is never missing here.
    var wrappedValue: Content {
        guard let content = slot.content.withLock(\.self) else {
            preconditionFailure("The key that means '\(projectedValue.meaning)' is asked for before it was read")
        }
        return content
    }
}

/// What a property stores for its key: the value alone, or with its position (``Located``). It is `nil` for an absent
/// key only if it is an `Optional`.
public protocol KeyContent: Sendable {
    associatedtype Value: ConfigValue
    init?(found: Located<Value>?)
}

extension ConfigValue {
    public init?(found: Located<Self>?) {
        guard let found else { return nil }
        self = found.value
    }
}

extension Located: KeyContent where Value: ConfigValue {
    public init?(found: Located<Value>?) {
        guard let found else { return nil }
        self = found
    }
}

extension Optional: KeyContent where Wrapped: KeyContent {
    public typealias Value = Wrapped.Value
    public init?(found: Located<Wrapped.Value>?) { self = Wrapped(found: found) }
}

/// A key of a section, whatever its type.
protocol SectionKey: Sendable {
    func field(of property: String) -> any FieldDeclaration
    /// Reads the key's value, and returns whether the section is complete as far as this key is concerned.
    func read(of property: String, _ reader: inout SectionReader) -> Bool
}

extension Key: SectionKey {
    func field(of property: String) -> any FieldDeclaration { named(property) }

    func read(of property: String, _ reader: inout SectionReader) -> Bool {
        let field = named(property)
        let found = reader.read(field)
        let content = Content(found: found)
        slot.content.withLock { $0 = content }
        if case .choice? = field.absence, found == nil, reader.holds(field.name) { return false }
        return content != nil
    }

    private func named(_ property: String) -> Field<Content.Value> {
        var field = projectedValue
        if field.name.isEmpty { field.name = property }
        return field
    }
}
