// swift-tools-version: 6.2
import PackageDescription

// One array of settings for every Swift target: strict concurrency comes with language mode 6, the rest is asked for here.
let settings: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableExperimentalFeature("Lifetimes"),
  .strictMemorySafety(),
  .treatAllWarnings(as: .error),
]

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let nio = ["NIOCore", "NIOHTTP1", "NIOPosix"].map { Target.Dependency.product(name: $0, package: "swift-nio") }

/// A module below `Sources/Common`. Each imports only modules listed before it.
func common(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .target(name: name, dependencies: dependencies, path: "Sources/Common/\(name)", swiftSettings: settings)
}

/// A program: a library with its work and an executable that holds its flags.
/// - Parameter others: libraries with the work of its subcommands.
func program(
  _ name: String, work: String, _ dependencies: [Target.Dependency], others: [String] = []
) -> [Target] {
  [
    .target(name: work, dependencies: dependencies, path: "Sources/\(name)/\(work)", swiftSettings: settings),
    .executableTarget(
      name: name,
      dependencies: ([work] + others).map { .target(name: $0) } + [argumentParser] + dependencies,
      path: "Sources/\(name)/Command", swiftSettings: settings),
  ]
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .testTarget(name: name, dependencies: ["Fixtures"] + dependencies, path: "Tests/\(name)", swiftSettings: settings)
}

let system: [Target] = [
  .systemLibrary(
    name: "CCurl", path: "Sources/Common/System/CCurl", pkgConfig: "libcurl",
    providers: [.apt(["libcurl4-openssl-dev"]), .brew(["curl"])]),
  .systemLibrary(
    name: "CZlib", path: "Sources/Common/System/CZlib", pkgConfig: "zlib",
    providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
  .systemLibrary(
    name: "CZstd", path: "Sources/Common/System/CZstd", pkgConfig: "libzstd",
    providers: [.apt(["libzstd-dev"]), .brew(["zstd"])]),
  .target(name: "CPlatform", dependencies: ["CCurl"], path: "Sources/Common/System/CPlatform"),
]

let modules: [Target] = [
  common("Quantities", []),
  common("OrderedJSON", []),
  common("Exposition", []),
  common("RegularExpressions", []),
  common("Platform", ["CPlatform"]),
  common("Archive", ["Platform", "CZlib", "CZstd"]),
  common("HTTP", ["Platform", "CPlatform", "CCurl"]),
  common("TSDB", ["Platform", "CPlatform", "OrderedJSON"]),
  common("ObjectStore", ["HTTP", "Platform", "Quantities", "OrderedJSON", crypto, logging, yams]),
  common("BlockBytes", ["ObjectStore", "Platform"]),
  common("Thanos", ["TSDB", "ObjectStore", "Platform", "Quantities", "OrderedJSON", "RegularExpressions", crypto]),
  common(
    "Console",
    [
      "Thanos", "TSDB", "ObjectStore", "Platform", "Quantities", "OrderedJSON", "CCurl", "CZlib", "CZstd", argumentParser,
      logging,
    ]),
]

let work: [Target.Dependency] = ["BlockBytes", "Console", "Thanos", "TSDB", "ObjectStore", "Platform", "Quantities", "OrderedJSON", logging]

let programs =
  [
    // What a running Prometheus, or its configuration, says of itself.
    .target(
      name: "PrometheusAPI", dependencies: ["HTTP", "Platform", "Quantities", "OrderedJSON", logging, yams],
      path: "Sources/backfill/Prometheus", swiftSettings: settings)
  ]
  + [
    // Brings any block into a bucket: sending, resuming, proof of arrival, publishing.
    .target(
      name: "Delivery", dependencies: work + [crypto], path: "Sources/backfill/Delivery", swiftSettings: settings),
    // From one bucket into another.
    .target(
      name: "Copying", dependencies: ["Delivery", crypto] + work, path: "Sources/backfill/Copying",
      swiftSettings: settings),
    // The way back, from a bucket into a data folder.
    .target(
      name: "Restoration", dependencies: work, path: "Sources/backfill/Restoration", swiftSettings: settings),
  ]
  + [
    // `backfill` as a service: rounds, metrics, and the server that shows them.
    .target(
      name: "Watching", dependencies: ["Exposition", "Shipping", "PrometheusAPI"] + work + nio, path: "Sources/backfill/Watching",
      swiftSettings: settings)
  ]
  + program(
    "backfill", work: "Shipping", ["Archive", "Delivery", "PrometheusAPI", crypto] + work,
    others: ["Copying", "Restoration", "Watching"])
  + program("verify", work: "Verification", ["Delivery", "Exposition", crypto] + work)
  + [
    // What is in a block: its index, its chunks, its series.
    .target(name: "Analysis", dependencies: ["Archive"] + work, path: "Sources/inspect/Analysis", swiftSettings: settings)
  ]
  + program("inspect", work: "Inspection", work, others: ["Analysis", "Planning", "Page"])
  + [
    // What bucket, store gateway and compactor will need, and what it costs.
    .target(
      name: "Planning", dependencies: work + ["Analysis", "Inspection", yams], path: "Sources/inspect/Planning",
      swiftSettings: settings),
    // All of it as one page of HTML.
    .target(
      name: "Page", dependencies: work + ["Inspection", "Analysis", "Planning"], path: "Sources/inspect/Page",
      swiftSettings: settings),
  ]

let testing: [Target] = [
  .target(
    name: "Fixtures", dependencies: ["TSDB", "Platform", "CZlib", "CZstd"], path: "Tests/Fixtures", exclude: ["blocks"],
    swiftSettings: settings),
  // What every provider of buckets promises, run against each of them.
  .target(
    name: "BucketAcceptance", dependencies: ["ObjectStore", "Platform"], path: "Tests/BucketAcceptance",
    swiftSettings: settings),
  tests("PlatformTests", ["Platform", "Quantities", "OrderedJSON", crypto]),
  tests("RegularExpressionsTests", ["RegularExpressions"]),
  tests("ArchiveTests", ["Archive", "Platform"]),
  tests("TSDBTests", ["TSDB", "Platform", "OrderedJSON", "CZlib"]),
  tests("HTTPTests", ["HTTP", "Platform"]),
  tests("ObjectStoreTests", ["ObjectStore", "HTTP", "BucketAcceptance", "Platform", "Quantities", logging, crypto]),
  tests("ConsoleTests", ["Console", "ConsoleProbe", "Platform", "OrderedJSON", argumentParser, logging]),
  .executableTarget(
    name: "ConsoleProbe", dependencies: ["Console", argumentParser, logging], path: "Tests/ConsoleProbe",
    swiftSettings: settings),
  tests("PrometheusTests", work + ["PrometheusAPI", "Delivery", "Shipping", "HTTP"]),
  tests("ThanosTests", work + [argumentParser, crypto]),
  tests("WatchingTests", work + ["Exposition", "Watching", "Shipping", "PrometheusAPI", "HTTP"]),
  tests("CopyingTests", work + ["Delivery", "Copying", "Shipping", crypto]),
  tests("RestorationTests", work + ["Restoration"]),
  tests("ProgramTests", work + ["Delivery", "Shipping", "Verification", "Inspection", "Planning"]),
  tests("AnalysisTests", work + ["Analysis", "Archive", "CZlib", "CZstd"]),
  tests("PlanningTests", work + ["Inspection", "Planning"]),
  tests("PageTests", work + ["Inspection", "Analysis", "Planning", "Page"]),
  tests("VerificationTests", work + ["Exposition", "Delivery", "Shipping", "Verification", crypto]),
  tests("IntegrationTests", work + ["HTTP", "BucketAcceptance", "Delivery", "Copying", "Shipping", "Verification", "Inspection", crypto]),
]

let package = Package(
  name: "blockhaul",
  products: [
    .executable(name: "backfill", targets: ["backfill"]),
    .executable(name: "verify", targets: ["verify"]),
    .executable(name: "inspect", targets: ["inspect"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
  ],
  targets: system + modules + programs + testing,
  swiftLanguageModes: [.v6]
)

// The benchmark is no part of the ordinary build: scripts/bench asks for it.
if Context.environment["BLOCKHAUL_BENCHMARK"] != nil {
  package.targets.append(
    .executableTarget(
      name: "benchmark", dependencies: ["TSDB", "Platform", "Fixtures"], path: "Tests/Benchmark", swiftSettings: settings))
}
