import Glibc
public import SystemPackage

/// The programs that tests run.
public enum Programs {
    /// The folder that holds them: what `REHOME_TEST_PROGRAMS` names, as `make test-long` does with the release
    /// programs, or else the one that the tests themselves were built into.
    public static let folder: FilePath = {
        if let folder = getenv("REHOME_TEST_PROGRAMS").map({ String(cString: $0) }), !folder.isEmpty {
            return Checkout.folder.pushing(FilePath(folder))
        }
        let own = FilePath(CommandLine.arguments.first ?? "").removingLastComponent()
        // .build/debug/rehomePackageTests.xctest, or a runner elsewhere that was given that bundle's path.
        if access(own.appending("rehome-job").string, X_OK) != 0,
            let bundle = CommandLine.arguments.first(where: { $0.hasSuffix(".xctest") })
        {
            return FilePath(bundle).removingLastComponent()
        }
        return own
    }()

    /// The generator.
    public static let rehome = folder.appending("rehome")
    /// The Job.
    public static let rehomeJob = folder.appending("rehome-job")
}
