// swift-tools-version: 6.2

import PackageDescription

/// Warnings are errors in CI only: a newer compiler must not break a user's build.
let strictness: [SwiftSetting] =
    Context.environment["INFERENCEKIT_WARNINGS_AS_ERRORS"] == nil ? [] : [.treatAllWarnings(as: .error)]

/// What programs and tests are built with; they talk to sockets and processes all day and are spared `unsafe` marks.
let programSettings: [SwiftSetting] =
    strictness + [
        .swiftLanguageMode(.v6),
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
        .enableUpcomingFeature("InferIsolatedConformances"),
        .enableUpcomingFeature("ImmutableWeakCaptures"),
    ]

let settings = programSettings + [.strictMemorySafety()]

let package = Package(
    name: "InferenceKit",
    platforms: [.macOS(.v15), .iOS(.v18), .tvOS(.v18), .watchOS(.v11), .visionOS(.v2)],
    products: [
        .library(name: "InferenceKit", targets: ["InferenceKit"])
    ],
    traits: [
        .trait(
            name: "URLSession",
            description: "URLSessionTransport on Linux too, where its import pulls full Foundation into the binary."
        )
    ],
    dependencies: [
        // The one dependency of the library; its Foundation parts are left out.
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0", traits: []),
        // For Examples and Tests only: a package that depends on InferenceKit resolves neither.
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/swhitty/FlyingFox", from: "0.27.1"),
    ],
    targets: [
        .systemLibrary(
            name: "CLibCurl",
            pkgConfig: "libcurl",
            providers: [.apt(["libcurl4-openssl-dev"])]
        ),
        .target(
            name: "CInferenceCurl",
            dependencies: [.target(name: "CLibCurl", condition: .when(platforms: [.linux]))]
        ),
        .target(
            name: "InferenceKit",
            dependencies: [
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .target(name: "CInferenceCurl", condition: .when(platforms: [.linux])),
            ],
            swiftSettings: settings
        ),

        // Examples
        .executableTarget(
            name: "catalog-generator",
            path: "Examples/Catalog/Generator",
            swiftSettings: programSettings
        ),
        .plugin(
            name: "CatalogPlugin",
            capability: .buildTool(),
            dependencies: ["catalog-generator"],
            path: "Examples/Catalog/Plugin"
        ),
        .target(
            name: "LocalService",
            dependencies: [
                .product(name: "FlyingFox", package: "FlyingFox"),
                .product(name: "FlyingSocks", package: "FlyingFox"),
            ],
            path: "Examples/LocalService",
            swiftSettings: programSettings
        ),
        .executableTarget(
            name: "local-service",
            dependencies: [
                "LocalService",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Examples/LocalServiceProgram",
            swiftSettings: programSettings
        ),
        .executableTarget(
            name: "quickstart",
            dependencies: [
                "InferenceKit", "LocalService",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Examples/Quickstart",
            swiftSettings: programSettings
        ),
        .executableTarget(
            name: "smallest",
            dependencies: ["InferenceKit"],
            path: "Examples/Smallest",
            swiftSettings: programSettings
        ),
        .executableTarget(
            name: "own-task",
            dependencies: ["InferenceKit", "LocalService"],
            path: "Examples/OwnTask",
            swiftSettings: programSettings
        ),
        .executableTarget(
            name: "bench-server",
            path: "Examples/Benchmark/Server"
        ),
        .executableTarget(
            name: "inference-bench",
            dependencies: [
                "InferenceKit",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Examples/Benchmark",
            exclude: ["Peers", "Server", "compare"],
            swiftSettings: programSettings
        ),
        .executableTarget(
            name: "infer",
            dependencies: [
                "InferenceKit",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Examples/Infer",
            swiftSettings: programSettings,
            plugins: ["CatalogPlugin"]
        ),

        // Tests
        .target(
            name: "TestSupport",
            dependencies: ["InferenceKit", .product(name: "HTTPTypes", package: "swift-http-types")],
            path: "Tests/TestSupport",
            swiftSettings: programSettings
        ),
        .testTarget(
            name: "InferenceKitTests",
            dependencies: [
                "InferenceKit", "TestSupport", .product(name: "HTTPTypes", package: "swift-http-types"),
            ],
            swiftSettings: programSettings,
            plugins: ["CatalogPlugin"]
        ),
        .testTarget(
            name: "TransportTests",
            dependencies: [
                "InferenceKit", "TestSupport", .product(name: "HTTPTypes", package: "swift-http-types"),
            ],
            swiftSettings: programSettings
        ),
        .testTarget(
            name: "ExampleTests",
            dependencies: [
                "InferenceKit", "LocalService", "TestSupport", "infer", "quickstart", "local-service", "own-task",
                "inference-bench", "bench-server",
            ],
            swiftSettings: programSettings
        ),
    ]
)
