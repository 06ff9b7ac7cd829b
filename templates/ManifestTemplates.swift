/// The manifests' skeletons: YAML files with placeholders, compiled into the binary.
///
/// The raw value is the file's name, under which `--templates` may put another in its place.
public enum ManifestTemplate: String, CaseIterable, Sendable {
    case credentialsSecret = "secret-credentials.yaml"
    case externalSecret = "externalsecret.yaml"
    case secretStore = "secretstore.yaml"
    case storeAccount = "secretstore-serviceaccount.yaml"
    case storeRole = "secretstore-role.yaml"
    case storeRoleBinding = "secretstore-rolebinding.yaml"
    case sealedSecret = "sealedsecret.yaml"
    case certificateSecret = "secret-certificate.yaml"
    case databaseCertificate = "certificate.yaml"
    case serviceCA = "configmap-service-ca.yaml"
    case databaseConfig = "configmap-config.yaml"
    case databaseService = "service.yaml"
    case databaseStatefulSet = "statefulset.yaml"
    case databaseCluster = "cluster.yaml"
    case databaseNetworkPolicy = "networkpolicy-database.yaml"
    case jobNetworkPolicy = "networkpolicy-job.yaml"
    case job = "job.yaml"
    case alerts = "prometheusrule.yaml"
    case serviceAccount = "serviceaccount.yaml"
    case role = "role.yaml"
    case roleBinding = "rolebinding.yaml"
    case sonataFlowPlatform = "sonataflowplatform.yaml"
    case policyFromInfrastructure = "networkpolicy-from-infrastructure.yaml"
    case policyFromIngress = "networkpolicy-from-ingress.yaml"
    case policyFromNamespace = "networkpolicy-from-namespace.yaml"
    case policyFromMonitoring = "networkpolicy-from-monitoring.yaml"
    case argocdApplication = "argocd-application.yaml"
    case argocdHealth = "argocd-health.yaml"
    case fluxKustomization = "flux-kustomization.yaml"
    case kustomization = "kustomization.yaml"
    case component = "component.yaml"

    /// The file as it was when the program was built.
    public var builtIn: [UInt8] {
        switch self {
        case .credentialsSecret: PackageResources.secret_credentials_yaml
        case .externalSecret: PackageResources.externalsecret_yaml
        case .secretStore: PackageResources.secretstore_yaml
        case .storeAccount: PackageResources.secretstore_serviceaccount_yaml
        case .storeRole: PackageResources.secretstore_role_yaml
        case .storeRoleBinding: PackageResources.secretstore_rolebinding_yaml
        case .sealedSecret: PackageResources.sealedsecret_yaml
        case .certificateSecret: PackageResources.secret_certificate_yaml
        case .databaseCertificate: PackageResources.certificate_yaml
        case .serviceCA: PackageResources.configmap_service_ca_yaml
        case .databaseConfig: PackageResources.configmap_config_yaml
        case .databaseService: PackageResources.service_yaml
        case .databaseStatefulSet: PackageResources.statefulset_yaml
        case .databaseCluster: PackageResources.cluster_yaml
        case .databaseNetworkPolicy: PackageResources.networkpolicy_database_yaml
        case .jobNetworkPolicy: PackageResources.networkpolicy_job_yaml
        case .job: PackageResources.job_yaml
        case .alerts: PackageResources.prometheusrule_yaml
        case .serviceAccount: PackageResources.serviceaccount_yaml
        case .role: PackageResources.role_yaml
        case .roleBinding: PackageResources.rolebinding_yaml
        case .sonataFlowPlatform: PackageResources.sonataflowplatform_yaml
        case .policyFromInfrastructure: PackageResources.networkpolicy_from_infrastructure_yaml
        case .policyFromIngress: PackageResources.networkpolicy_from_ingress_yaml
        case .policyFromNamespace: PackageResources.networkpolicy_from_namespace_yaml
        case .policyFromMonitoring: PackageResources.networkpolicy_from_monitoring_yaml
        case .argocdApplication: PackageResources.argocd_application_yaml
        case .argocdHealth: PackageResources.argocd_health_yaml
        case .fluxKustomization: PackageResources.flux_kustomization_yaml
        case .kustomization: PackageResources.kustomization_yaml
        case .component: PackageResources.component_yaml
        }
    }
}
