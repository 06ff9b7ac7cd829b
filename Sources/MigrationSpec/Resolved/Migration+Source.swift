import JobContract

extension Migration {
    /// The PostgreSQL that is left.
    public struct Source: Sendable {
        /// `nil` where the Secret has it, as that of the operator's own database does.
        public var address: Address?
        public var secretName: String
        /// The role, where the Secret does not have it.
        public var user: String?
        /// The Secret's keys.
        public var userKey: String
        public var passwordKey: String
        /// The trusted authorities; `nil` where TLS is switched off, as it is for the operator's own database.
        public var trust: CertificateBundle?

        /// The database that the operator runs beside an instance.
        init(of backstage: BackstageResource) {
            self.init(
                address: nil, secretName: backstage.localSecretName, userKey: "POSTGRES_USER",
                passwordKey: "POSTGRES_PASSWORD", trust: nil)
        }

        init(address: Address?, secretName: String, userKey: String, passwordKey: String, trust: CertificateBundle?) {
            self.address = address
            self.secretName = secretName
            self.userKey = userKey
            self.passwordKey = passwordKey
            self.trust = trust
        }
    }

    /// Where a server listens.
    public struct Address: Sendable, Equatable {
        public var host: String
        public var port: Int

        public init(host: String, port: Int) {
            self.host = host
            self.port = port
        }
    }

    /// Names of the source that do not change.
    public var sourceIdentity: [String] {
        if let address = source.address { return [address.host, String(address.port)] }
        return [namespace, backstage?.localDatabaseName ?? instance]
    }

    /// The Secret that is rendered for the certificate authorities of the source; `nil` where TLS is switched off.
    public var sourceCertificate: CertificateReference? {
        source.trust.map { _ in
            CertificateReference(kind: .secret, name: "\(name)-source-certificate", key: JobFiles.certificateKey)
        }
    }

    /// The object and key with the certificate authorities of the target; `nil` where TLS is switched off.
    public var certificate: CertificateReference? { target.trust?.reference(for: name) }

    /// The certificate authorities' file, as Backstage's container sees it; `nil` where TLS is switched off.
    public var certificatePath: String? {
        certificate.map { certificate in
            backstage?.certificatePath(certificate)
                ?? "\(helm?.installFolder ?? BackstageResource.defaultMountPath)/\(certificate.key)"
        }
    }
}
