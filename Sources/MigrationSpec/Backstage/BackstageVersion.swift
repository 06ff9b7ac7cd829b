/// The versions of the Backstage CRD, and what each can say.
public enum BackstageVersion: String, CaseIterable, Comparable, Sendable {
    case v1alpha1, v1alpha2, v1alpha3, v1alpha4, v1alpha5

    public static let group = "rhdh.redhat.com"

    /// Whether an item of `extraFiles` can have a `mountPath` of its own.
    public var hasItemMountPath: Bool { self >= .v1alpha3 }

    /// The minor releases 1.x of the operator that serve this version, as its CRDs on the release branches say.
    var servedBy: ClosedRange<Int> {
        switch self {
        case .v1alpha1, .v1alpha2: 0...8
        case .v1alpha3: 0...9
        case .v1alpha4: 8...Int.max
        case .v1alpha5: 9...Int.max
        }
    }

    public static func < (one: Self, other: Self) -> Bool { one.rawValue < other.rawValue }
}
