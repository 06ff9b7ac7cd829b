/// The rules between the keys of a section, from their declarations.
public struct SectionRules: Sendable {
    /// Keys of which exactly one must be there when another key has a certain value.
    public struct Requirement: Sendable {
        public var oneOf: [String]
        public var other: String
        public var value: String
    }

    /// Keys of which exactly one must be there; none where the section has no such choice.
    public private(set) var exactlyOne: [String] = []
    /// Keys of which one or more must be there; none where the section has no such choice.
    public private(set) var atLeastOne: [String] = []
    public private(set) var requirements: [Requirement] = []

    init(of fields: [any FieldDeclaration]) {
        for field in fields {
            switch field.absence {
            case .choice?: exactlyOne.append(field.name)
            case .oneOfSeveral?: atLeastOne.append(field.name)
            case .choiceWhen(let other, let value)?:
                if let index = requirements.firstIndex(where: { $0.other == other && $0.value == value }) {
                    requirements[index].oneOf.append(field.name)
                } else {
                    requirements.append(Requirement(oneOf: [field.name], other: other, value: value))
                }
            case .optional?, nil: break
            }
        }
    }
}
