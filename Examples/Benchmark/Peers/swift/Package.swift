// swift-tools-version: 6.2

import PackageDescription

// A package of its own, so that the library's depends on none of this.
let package = Package(
    name: "Peers",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.30.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.80.0"),
    ],
    targets: [
        .target(name: "PeerSupport"),
        .executableTarget(
            name: "peer-asynchttpclient",
            dependencies: [
                "PeerSupport",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOFoundationCompat", package: "swift-nio"),
            ]
        ),
        .executableTarget(name: "peer-urlsession", dependencies: ["PeerSupport"]),
    ]
)
