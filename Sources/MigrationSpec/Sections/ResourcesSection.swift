/// Requests and limits of a container.
public struct Resources: Sendable, Equatable {
    public var requests: ResourceList
    public var limits: ResourceList

    static let database = Resources(
        requests: ResourceList(
            cpu: Quantity(checked: "500m"), memory: Quantity(checked: "1Gi"),
            ephemeralStorage: Quantity(checked: "256Mi")),
        limits: ResourceList(cpu: nil, memory: Quantity(checked: "2Gi"), ephemeralStorage: Quantity(checked: "1Gi")))

    static let job = Resources(
        requests: ResourceList(
            cpu: Quantity(checked: "500m"), memory: Quantity(checked: "256Mi"),
            ephemeralStorage: Quantity(checked: "64Mi")),
        limits: ResourceList(cpu: nil, memory: Quantity(checked: "512Mi"), ephemeralStorage: Quantity(checked: "512Mi"))
    )
}

/// Amounts of a node's resources. There is no CPU limit by default, since it would only slow a copy down.
public struct ResourceList: Sendable, Equatable {
    public var cpu: Quantity?
    public var memory: Quantity?
    public var ephemeralStorage: Quantity?

    func over(_ base: ResourceList) -> ResourceList {
        ResourceList(
            cpu: cpu ?? base.cpu, memory: memory ?? base.memory,
            ephemeralStorage: ephemeralStorage ?? base.ephemeralStorage)
    }
}

struct ResourcesSection: Section {
    @Key(.defaultsOfKeys, meaning: "What the scheduler sets aside.")
    var requests: ResourceListSection

    @Key(.defaultsOfKeys, meaning: "What the container may use at most.")
    var limits: ResourceListSection

    /// These amounts, and for those that are missing the ones from `base`.
    func over(_ base: Resources) -> Resources {
        Resources(requests: requests.list.over(base.requests), limits: limits.list.over(base.limits))
    }
}

struct ResourceListSection: Section {
    @Key(.optional(nil), meaning: "Processor time, in cores.")
    var cpu: Quantity?

    @Key(.optional(nil), meaning: "Memory, in bytes.")
    var memory: Quantity?

    @Key(.optional(nil), name: "ephemeral-storage", meaning: "The node's disk, for logs and emptyDir volumes.")
    var ephemeralStorage: Quantity?

    var list: ResourceList { ResourceList(cpu: cpu, memory: memory, ephemeralStorage: ephemeralStorage) }
}
