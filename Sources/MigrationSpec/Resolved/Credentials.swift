public import SecretSealing
public import YAMLTree

extension Migration {
    /// With what a role connects to the target.
    public struct Credentials: Sendable {
        /// Where the Secret comes from.
        public enum Source: Sendable {
            /// It is there, or something else puts it there.
            case existing
            /// One with other keys is there, and a person makes this one from it.
            case renamed(from: Login)
            /// The External Secrets Operator makes it from one that the target's operator keeps.
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

        /// The Secret with the keys that Backstage wants.
        public var secretName: String
        public var source: Source
        /// Of the External Secrets Operator's API, where that makes the Secret.
        public var storeVersion: ExternalSecretsVersion = .v1

        /// Where user and password stand, for whoever can be told the keys' names.
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

        /// With the keys that Backstage wants, unless told otherwise.
        public init(
            secretName: String, userKey: String = "POSTGRES_USER", passwordKey: String = "POSTGRES_PASSWORD"
        ) {
            self.secretName = secretName
            self.userKey = userKey
            self.passwordKey = passwordKey
        }
    }

    /// With what the Job connects, where Backstage has a role of its own.
    public struct Administrator: Sendable {
        public var credentials: Credentials
        /// Whether Backstage's role may create databases.
        public var createDatabases: Bool
    }

    /// With what the Job connects, and what an in-cluster server sets up.
    public var adminLogin: Login { (administrator?.credentials ?? credentials).login }

    /// How the External Secrets Operator comes by the password.
    public struct ExternalSecret: Sendable {
        public var user: String
        public var storeKind: SecretStoreKind
        public var storeName: String
        /// The entry in the store, and the part of it that is the password.
        public var key: String
        public var property: String?
    }

    /// What the sealed-secrets controller opens.
    public struct ControllerSeal: Sendable {
        public var key: SealedSecretKey
        /// SHA-256 of the controller's certificate in hexadecimal.
        public var fingerprint: String
        public var scope: SealingScope
    }
}

/// A secret value that is read only when it is needed: what is sealed already is not sealed again.
public struct SecretInput: Sendable {
    /// What stands in the place of a value that is not known yet: it is to be sealed, or only a comparison is wanted.
    public static let pending = "ENC[to be sealed by: rehome render]"

    /// How the config names it, such as `passwordFile: portal-password`.
    public var declaration: String
    /// Where the config names it.
    public var position: YAMLPosition
    public var read: @Sendable () throws(ConfigError) -> String
}
