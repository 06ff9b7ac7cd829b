public import SecretSealing
public import YAMLTree

extension Migration {
    /// The Secret by which a role connects to the target.
    public struct Credentials: Sendable {
        /// Where the Secret comes from.
        public enum Source: Sendable {
            /// The Secret exists, or something else makes it.
            case existing
            /// A Secret with other keys exists, from which a person makes this one.
            case renamed(from: Login)
            /// The External Secrets Operator makes it from a Secret of the target's operator.
            case operated(OperatorSecret)
            /// It is rendered, password included.
            case plain(user: String, password: String)
            /// The External Secrets Operator makes it.
            case externalSecret(ExternalSecret)
            /// The sealed-secrets controller makes it.
            case sealedSecret(user: String, password: SecretInput, seal: ControllerSeal)
            /// It is rendered, encrypted.
            case sops(user: String, password: SecretInput, recipients: [AgeRecipient])
        }

        /// The name of the Secret with the keys that Backstage needs.
        public var secretName: String
        public var source: Source
        /// The version of the External Secrets Operator's API, if that makes the Secret.
        public var storeVersion: ExternalSecretsVersion = .v1

        /// The Secret and keys with user and password, for programs to which the keys' names can be given.
        public var login: Login {
            if case .renamed(let login) = source { return login }
            return Login(secretName: secretName)
        }

        /// The role's name, where the config knows it.
        public var user: String? {
            switch source {
            case .existing, .renamed: nil
            case .plain(let user, _), .sealedSecret(let user, _, _), .sops(let user, _, _): user
            case .operated(let secret): secret.role
            case .externalSecret(let secret): secret.user
            }
        }
    }

    /// The keys of a Secret that hold a role's name and password.
    public struct Login: Sendable, Equatable {
        public var secretName: String
        public var userKey: String
        public var passwordKey: String

        /// With the keys that Backstage needs, by default.
        public init(
            secretName: String, userKey: String = "POSTGRES_USER", passwordKey: String = "POSTGRES_PASSWORD"
        ) {
            self.secretName = secretName
            self.userKey = userKey
            self.passwordKey = passwordKey
        }
    }

    /// The credentials of the Job, if Backstage has a role of its own.
    public struct Administrator: Sendable {
        public var credentials: Credentials
        /// Whether Backstage's role may create databases.
        public var createDatabases: Bool
    }

    /// The login of the Job, which a server in the cluster sets up.
    public var adminLogin: Login { (administrator?.credentials ?? credentials).login }

    /// Where the External Secrets Operator gets the password from.
    public struct ExternalSecret: Sendable {
        public var user: String
        public var storeKind: SecretStoreKind
        public var storeName: String
        /// The entry in the store, and the property of it that is the password.
        public var key: String
        public var property: String?
    }

    /// How to encrypt for the sealed-secrets controller.
    public struct ControllerSeal: Sendable {
        public var key: SealedSecretKey
        /// SHA-256 of the controller's certificate in hexadecimal.
        public var fingerprint: String
        public var scope: SealingScope
    }
}

/// A secret value that is read only when needed: a value that is already sealed is not sealed again.
public struct SecretInput: Sendable {
    /// Stands for a value that is not known, because it is still to be sealed or only a comparison is wanted.
    public static let pending = "ENC[to be sealed by: rehome render]"

    /// How the config names it, such as `passwordFile: portal-password`.
    public var declaration: String
    /// Where the config names it.
    public var position: YAMLPosition
    /// Reads the value. It throws ``ConfigError`` if the file or variable is missing, empty or not valid.
    public var read: @Sendable () throws(ConfigError) -> String
}
