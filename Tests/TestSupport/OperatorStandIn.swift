import YAMLTree

/// What the rhdh-operator does with a Backstage resource, as far as databases go.
///
/// It follows what was seen of the operators 1.9.8 and main: it reconciles nothing while an object that the resource
/// names is missing; the operator's database Secret comes first in `envFrom` and a later one wins; with `enableLocalDb:
/// false` the operators up to 1.9 delete the local StatefulSet, Service and Secret at every reconcile, before the new pod
/// is there, and the later ones delete nothing; a Secret that it makes anew has a new password.
public struct OperatorStandIn: Sendable {
    public enum Release: String, Sendable, CaseIterable {
        // swift-format-ignore: AlwaysUseLowerCamelCase
        case upTo1_9 = "up to 1.9"
        // swift-format-ignore: AlwaysUseLowerCamelCase
        case from1_10 = "from 1.10"
    }

    /// What a reconcile comes to.
    public struct Plan: Sendable {
        /// The pod's environment from Secrets and ConfigMaps.
        public var environment: [String: String]
        public var wantsLocalDatabase: Bool
        /// The Secret that the operator makes if it is missing; `nil` where the resource names one, or wants none.
        public var ownSecret: String?
        /// Whether StatefulSet, Service and Secret are deleted.
        public var deletesLocalDatabase: Bool
    }

    public let release: Release

    public init(_ release: Release) { self.release = release }

    /// The Secret that the operator keeps its database's credentials in.
    public static func secretName(of resource: YAMLValue) -> String { "backstage-psql-secret-\(name(of: resource))" }
    /// The local database's Service, and so its host name.
    public static func hostName(of resource: YAMLValue) -> String { "backstage-psql-\(name(of: resource))" }

    private static func name(of resource: YAMLValue) -> String { resource["metadata"]?["name"]?.string ?? "" }

    /// The ConfigMaps and Secrets that a resource names, which must exist before anything is done.
    public static func references(of resource: YAMLValue) -> (configMaps: Set<String>, secrets: Set<String>) {
        let application = resource["spec"]?["application"]
        var configMaps = Set(
            names(application?["appConfig"]?["configMaps"]) + names(application?["extraEnvs"]?["configMaps"]))
        configMaps.formUnion(names(application?["extraFiles"]?["configMaps"]))
        if let plugins = application?["dynamicPluginsConfigMapName"]?.string { configMaps.insert(plugins) }
        let secrets = Set(names(application?["extraEnvs"]?["secrets"]) + names(application?["extraFiles"]?["secrets"]))
        return (configMaps, secrets)
    }

    private static func names(_ list: YAMLValue?) -> [String] { (list?.items ?? []).compactMap { $0["name"]?.string } }

    /// - Parameters:
    ///   - configMaps: all that exist.
    ///   - ownSecret: the content of the Secret that the operator would make.
    /// - Throws: ``PodError`` in the operator's words; nothing is applied or deleted then.
    public func plan(
        for resource: YAMLValue, configMaps: [String: [String: String]], secrets: [String: [String: String]],
        ownSecret: [String: String]
    ) throws -> Plan {
        let references = Self.references(of: resource)
        for name in references.configMaps.sorted() where configMaps[name] == nil {
            throw PodError(
                "failed to preprocess backstage spec failed to get external config from \(name): ConfigMap \"\(name)\" not found"
            )
        }
        for name in references.secrets.sorted() where secrets[name] == nil {
            throw PodError(
                "failed to preprocess backstage spec failed to get external config from \(name): Secret \"\(name)\" not found"
            )
        }
        let wantsLocal = resource["spec"]?["database"]?["enableLocalDb"]?.bool ?? true
        let named = resource["spec"]?["database"]?["authSecretName"]?.string
        let own = Self.secretName(of: resource)
        var environment: [String: String] = [:]
        if let named {
            guard let content = secrets[named] else { throw PodError("secret \"\(named)\" not found") }
            environment = content
        } else if wantsLocal {
            environment = secrets[own] ?? ownSecret
        }
        let extra = resource["spec"]?["application"]?["extraEnvs"]
        for name in Self.names(extra?["configMaps"]) { environment.merge(configMaps[name] ?? [:]) { $1 } }
        for name in Self.names(extra?["secrets"]) { environment.merge(secrets[name] ?? [:]) { $1 } }
        for item in extra?["envs"]?.items ?? [] {
            if let name = item["name"]?.string { environment[name] = item["value"]?.string }
        }
        return Plan(
            environment: environment, wantsLocalDatabase: wantsLocal, ownSecret: wantsLocal && named == nil ? own : nil,
            deletesLocalDatabase: !wantsLocal && release == .upTo1_9)
    }
}
