import MigrationSpec
import YAMLTree

/// The administrator's password, which RHDH's chart gives Backstage even if no app-config uses it.
extension HelmCutover {
    /// Where RHDH's templates find the administrator's password.
    func secret(_ name: String, key: String) -> [WantedValue] {
        [value(HelmRelease.existingSecret, .string(name)), value(HelmRelease.adminKey, .string(key))]
            + globalKey(key)
    }

    /// The same key below `global`, which overrides the subchart's own.
    func globalKey(_ key: String) -> [WantedValue] {
        release.namesAdministratorKeyGlobally
            ? [WantedValue(path: ["global"] + HelmRelease.adminKey, value: .string(key))] : []
    }

    /// The list in which RHDH's values have the variable with the administrator's password, from another Secret.
    func administratorVariable(_ index: Int, from secret: String, key: String) -> [WantedValue] {
        guard var items = release.node(HelmRelease.extraVariables)?.items?.map({ $0.value() }),
            items.indices.contains(index)
        else { return [] }
        items[index]["valueFrom"] = ["secretKeyRef": ["name": .string(secret), "key": .string(key)]]
        return [value(HelmRelease.extraVariables, .sequence(items))]
    }
}
