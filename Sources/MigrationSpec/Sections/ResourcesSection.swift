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

/// Amounts of what a node has. No CPU limit by default: it would only slow a copy down.
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

public struct ResourcesSection: Section {
    enum Keys {
        static let requests = Field<ResourceListSection>(
            "requests", .defaultsOfKeys, meaning: "What the scheduler sets aside.")
        static let limits = Field<ResourceListSection>(
            "limits", .defaultsOfKeys, meaning: "What the container may use at most.")
    }

    public static var fields: [any FieldDeclaration] { [Keys.requests, Keys.limits] }

    var requests: ResourceList
    var limits: ResourceList

    public init?(_ reader: inout SectionReader) {
        let requests = reader.read(Keys.requests)?.value
        let limits = reader.read(Keys.limits)?.value
        guard let requests, let limits else { return nil }
        self.requests = requests.list
        self.limits = limits.list
    }

    /// What is given here, and the rest from `base`.
    func over(_ base: Resources) -> Resources {
        Resources(requests: requests.over(base.requests), limits: limits.over(base.limits))
    }
}

public struct ResourceListSection: Section {
    enum Keys {
        static let cpu = Field<Quantity>("cpu", .optional(nil), meaning: "Processor time, in cores.")
        static let memory = Field<Quantity>("memory", .optional(nil), meaning: "Memory, in bytes.")
        static let ephemeralStorage = Field<Quantity>(
            "ephemeral-storage", .optional(nil), meaning: "The node's disk, for logs and emptyDir volumes.")
    }

    public static var fields: [any FieldDeclaration] { [Keys.cpu, Keys.memory, Keys.ephemeralStorage] }

    var list: ResourceList

    public init?(_ reader: inout SectionReader) {
        list = ResourceList(
            cpu: reader.read(Keys.cpu)?.value, memory: reader.read(Keys.memory)?.value,
            ephemeralStorage: reader.read(Keys.ephemeralStorage)?.value)
    }
}
