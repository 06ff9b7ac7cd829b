// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
]
// What the tests play thousands of random inputs through is optimised in debug builds too.
let optimised: [SwiftSetting] = strict + [.unsafeFlags(["-O"], .when(configuration: .debug))]

let package = Package(
    name: "rehome",
    products: [
        .executable(name: "rehome", targets: ["rehome"]),
        .executable(name: "rehome-job", targets: ["rehome-job"]),
    ],
    // All that is taken, with what these packages need in their turn: packaging/swift-packages.json says what each
    // version holds, and the tests compare.
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-system", exact: "1.8.1"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", exact: "1.0.2"),
    ],
    targets: [
        // C libraries.
        .systemLibrary(name: "CLibYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
        .systemLibrary(name: "CLibPQ", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .systemLibrary(name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CXXHash", providers: [.apt(["libxxhash-dev"])]),
        .systemLibrary(name: "CZLib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),

        // Hashes, ciphers and certificates, by the OpenSSL that both programs load anyway.
        .target(name: "Cryptography", dependencies: ["COpenSSL"], swiftSettings: strict),

        // What both programs agree on.
        .target(name: "JobContract", swiftSettings: strict),

        // How results look, to both programs' readers.
        .target(name: "Presentation", dependencies: ["JobContract"], swiftSettings: strict),

        // The generator: config in, manifests out.
        .target(name: "YAMLTree", dependencies: ["CLibYAML"], swiftSettings: optimised),
        .target(
            name: "SecretSealing",
            dependencies: [
                "COpenSSL", "Cryptography", "YAMLTree",
            ], swiftSettings: strict),
        .target(
            name: "MigrationSpec",
            dependencies: [
                "YAMLTree", "JobContract", "SecretSealing", "Cryptography",
                .product(name: "SystemPackage", package: "swift-system"),
            ], swiftSettings: optimised),
        .target(
            name: "ManifestTemplates", path: "templates", resources: [.embedInCode("manifests")],
            swiftSettings: strict),
        .target(
            name: "Manifests",
            dependencies: [
                "MigrationSpec", "YAMLTree", "JobContract", "ManifestTemplates", "SecretSealing",
                "Cryptography",
            ], swiftSettings: optimised),
        .target(
            name: "OutputFolder",
            dependencies: [
                "Manifests", "Cryptography",
                .product(name: "SystemPackage", package: "swift-system"),
            ], swiftSettings: strict),
        .executableTarget(
            name: "rehome",
            dependencies: [
                "JobContract", "Manifests", "ManifestTemplates", "MigrationSpec", "OutputFolder", "Presentation",
                "YAMLTree",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "SystemPackage", package: "swift-system"),
            ], swiftSettings: strict),

        // The Job: settings in, databases moved.
        .target(name: "PostgresClient", dependencies: ["CLibPQ", "JobContract"], swiftSettings: strict),
        .target(name: "ReceiptClient", dependencies: ["CCurl", "CZLib", "JobContract"], swiftSettings: strict),
        .target(
            name: "DatabaseMigration",
            dependencies: [
                "PostgresClient", "JobContract", "CXXHash", "Cryptography",
                .product(name: "Subprocess", package: "swift-subprocess"),
            ], swiftSettings: strict),
        .target(
            name: "MigrationReport",
            dependencies: [
                "DatabaseMigration", "PostgresClient", "JobContract", "Presentation",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "SystemPackage", package: "swift-system"),
            ], swiftSettings: strict),
        .executableTarget(
            name: "rehome-job",
            dependencies: [
                "DatabaseMigration", "MigrationReport", "PostgresClient", "ReceiptClient", "JobContract",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ], swiftSettings: strict),

        // Real servers for tests and demo.
        .target(
            name: "TestSupport",
            dependencies: [
                "JobContract", "YAMLTree", "COpenSSL", "CLibPQ",
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SystemPackage", package: "swift-system"),
            ], path: "Tests/TestSupport", exclude: ["install-postgres.sh", "scripts", "sql"], swiftSettings: strict),

        .testTarget(
            name: "MigrationSpecTests",
            dependencies: [
                "JobContract", "MigrationSpec", "TestSupport", "YAMLTree",
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SystemPackage", package: "swift-system"),
            ], swiftSettings: strict),
        .testTarget(
            name: "SecretSealingTests",
            dependencies: [
                "Cryptography", "SecretSealing", "TestSupport", "YAMLTree",
                .product(name: "SystemPackage", package: "swift-system"),
            ], swiftSettings: strict),
        .testTarget(
            name: "ManifestsTests",
            dependencies: [
                "Manifests", "ManifestTemplates", "MigrationReport", "MigrationSpec", "OutputFolder", "TestSupport",
                "YAMLTree",
                .product(name: "SystemPackage", package: "swift-system"),
                .product(name: "Subprocess", package: "swift-subprocess"),
            ], exclude: ["Golden"], swiftSettings: strict),
        .testTarget(
            name: "OutputFolderTests",
            dependencies: [
                "Manifests", "OutputFolder", "TestSupport",
                .product(name: "SystemPackage", package: "swift-system"),
            ], swiftSettings: strict),
        .testTarget(
            name: "RehomeTests",
            dependencies: [
                "rehome", "TestSupport", "YAMLTree",
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SystemPackage", package: "swift-system"),
            ], swiftSettings: strict),
        .executableTarget(
            name: "rehome-demo",
            dependencies: [
                "TestSupport",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "SystemPackage", package: "swift-system"),
            ], path: "Tests/Demo", swiftSettings: strict),
        .executableTarget(
            name: "rehome-bench",
            dependencies: [
                "TestSupport",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "SystemPackage", package: "swift-system"),
            ], path: "Tests/Benchmark", swiftSettings: strict),

        .testTarget(
            name: "TestSupportTests",
            dependencies: [
                "TestSupport",
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SystemPackage", package: "swift-system"),
            ], swiftSettings: strict),
        .testTarget(
            name: "DatabaseMigrationTests",
            dependencies: ["TestSupport", "DatabaseMigration", "PostgresClient", "JobContract"], swiftSettings: strict),
        .testTarget(
            name: "EndToEndTests",
            dependencies: [
                "TestSupport", "JobContract", "ReceiptClient", "rehome-job",
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SystemPackage", package: "swift-system"),
            ], path: "Tests/EndToEnd", swiftSettings: strict),
        .testTarget(
            name: "MigrationReportTests",
            dependencies: ["MigrationReport", "DatabaseMigration", "PostgresClient", "ReceiptClient", "TestSupport"],
            swiftSettings: strict),
        .testTarget(
            name: "FaultTests",
            dependencies: [
                "TestSupport", "JobContract", "rehome-job",
                .product(name: "SystemPackage", package: "swift-system"),
            ], path: "Tests/Faults", swiftSettings: strict),
        .testTarget(
            name: "HostileTests",
            dependencies: [
                "TestSupport", "JobContract", "DatabaseMigration", "PostgresClient", "rehome-job",
                .product(name: "SystemPackage", package: "swift-system"),
            ], path: "Tests/Hostile", swiftSettings: strict),
        .testTarget(
            name: "LifeTests",
            dependencies: [
                "TestSupport", "JobContract", "YAMLTree", "rehome", "rehome-job",
                .product(name: "SystemPackage", package: "swift-system"),
            ], path: "Tests/Life", swiftSettings: strict),
        .testTarget(name: "CryptographyTests", dependencies: ["Cryptography"], swiftSettings: strict),
        .testTarget(name: "JobContractTests", dependencies: ["JobContract"], swiftSettings: strict),
        .testTarget(name: "YAMLTreeTests", dependencies: ["TestSupport", "YAMLTree"], swiftSettings: strict),
    ]
)
