/// Paths inside the Job's pod.
public enum JobFiles {
    /// Directory where the target's certificate Secret is mounted.
    public static let targetCertificates = "/var/run/secrets/rehome/target"
    /// Directory where the source's certificate Secret is mounted.
    public static let sourceCertificates = "/var/run/secrets/rehome/source"
    /// The certificate Secret's key, and so the file's name, as in the operator's documentation.
    public static let certificateKey = "postgres-crt.pem"
    /// Where Kubernetes mounts the pod's token, the API server's CA and the namespace.
    public static let serviceAccount = "/var/run/secrets/kubernetes.io/serviceaccount"
    /// The file from which the kubelet reads the container's final message (`terminationMessagePath`), 4096 bytes at
    /// most.
    public static let terminationMessage = "/dev/termination-log"
}
