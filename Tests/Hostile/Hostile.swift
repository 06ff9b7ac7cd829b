import Glibc
import Testing

/// Sources that mean harm. The short form runs with all tests; `make test-hostile` runs both forms.
@Suite enum Hostile {}

extension Trait where Self == ConditionTrait {
    /// For what takes long.
    static var whenWhole: Self { .enabled(if: getenv("REHOME_HOSTILE") != nil, "make test-hostile") }
}
