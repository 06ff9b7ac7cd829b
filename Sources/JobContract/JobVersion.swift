/// The version of the Job's program, which its reports name.
public enum JobVersion {
    public static let current = "0.1.0"
}
