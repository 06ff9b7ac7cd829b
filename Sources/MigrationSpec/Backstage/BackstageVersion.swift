/// The versions of the operator's CRD `backstages.rhdh.redhat.com`, and the fields that each has.
public enum BackstageVersion: String, CaseIterable, Comparable, Sendable {
    case v1alpha1, v1alpha2, v1alpha3, v1alpha4, v1alpha5

    public static let group = "rhdh.redhat.com"

    /// Whether an item of `spec.application.extraFiles` can have a `mountPath` of its own.
    public var hasItemMountPath: Bool { self >= .v1alpha3 }

    /// Whether a CR can change the operator's Deployment, by `spec.deployment.patch`.
    var hasDeploymentPatch: Bool { self >= .v1alpha2 }

    /// Whether an item of `extraEnvs` or `extraFiles` can have a list `containers`.
    var hasItemContainers: Bool { self >= .v1alpha4 }

    /// Whether a release of the operator serves this version, according to the CRDs on the release branches.
    func isServed(by release: OperatorVersion) -> Bool {
        let minor = release.major > 1 ? Int.max : release.minor
        return switch self {
        case .v1alpha1, .v1alpha2: minor <= 8
        case .v1alpha3: minor <= 9
        case .v1alpha4: minor >= 8
        case .v1alpha5: minor >= 9
        }
    }

    static let newest = v1alpha5

    /// Whether the word may be a later version of the CRD: `v1alpha9`, `v1beta1`, `v1`.
    static func isLater(_ word: String) -> Bool {
        guard let match = word.wholeMatch(of: /v([0-9]{1,3})(?:(alpha|beta)([0-9]{1,3}))?/) else { return false }
        guard match.2 == "alpha", match.1 == "1" else { return true }
        return match.3.flatMap { Int($0) } ?? 0 > allCases.count
    }

    public static func < (one: Self, other: Self) -> Bool { one.rawValue < other.rawValue }
}
