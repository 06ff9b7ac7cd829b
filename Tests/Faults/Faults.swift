import Glibc
import Testing

/// What happens to a migration when something breaks. Each case has servers and a Job of its own, and none depends on
/// how fast it is, so several run at a time.
@Suite enum Faults {
    /// Set by `make test-faults`; without it only a short form runs.
    static let isWhole = getenv("REHOME_FAULTS") != nil

    /// The seed of everything random; the same one gives the same instants.
    static let seed = number("REHOME_FAULT_SEED") ?? UInt64.random(in: 0..<1_000_000)
    /// How often a Job is ended at a random instant.
    static let rounds = Int(number("REHOME_FAULT_ROUNDS") ?? (isWhole ? 50 : 3))

    private static func number(_ variable: String) -> UInt64? {
        getenv(variable).flatMap { UInt64(String(cString: $0)) }
    }
}

extension Trait where Self == ConditionTrait {
    /// A case for `make test-faults` alone.
    static var whenWhole: Self { .enabled(if: Faults.isWhole, "part of make test-faults") }
}
