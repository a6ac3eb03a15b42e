// swift-tools-version: 6.3
import PackageDescription

/// Every target, with what it may import. The order is the order of dependence: imports go downwards
/// only, and `Auditing` sees neither `Ledger` nor an aggregator, which is where the independence of
/// auditors can be read. Tests/TidyTests holds the sources to this table.
let graph: KeyValuePairs<String, [String]> = [
    // Ground.
    "Encoding": [],
    "Cryptography": ["Encoding", "COpenSSL"],
    // Pure: no clock, no randomness, no socket, no disk, no async.
    "Policies": ["Encoding"],
    "Credentials": ["Encoding", "Cryptography"],
    "TransparencyLog": ["Encoding", "Cryptography"],
    "Auditing": ["Encoding", "Cryptography", "Policies", "Credentials"],
    "Ledger": ["Encoding", "Cryptography", "Policies", "Credentials"],
    "Consensus": ["Encoding", "Cryptography"],
    "ModelChecker": ["Encoding", "Cryptography", "Consensus"],
    "Proofs": ["Encoding", "Cryptography", "Credentials", "Ledger", "Consensus"],
    "Replication": ["Encoding", "Cryptography", "Ledger", "Consensus", "Proofs"],
    // A whole network in one thread, from a seed.
    "Simulator": [
        "Encoding", "Cryptography", "Credentials", "Ledger", "Consensus", "Proofs", "Replication",
    ],
    // Edges: each owns one outside thing.
    "Storage": ["Encoding", "Cryptography", "CSQLite", "CLinux"],
    "Web": ["Encoding", "Cryptography", "COpenSSL", "CLinux"],
    // Pages: public JSON documents as HTML.
    "Pages": ["Encoding", "Cryptography", "Web"],
    // Servers: wiring only.
    "AuditorServer": [
        "Encoding", "Cryptography", "Policies", "Credentials", "TransparencyLog", "Auditing",
        "Storage", "Web", "Pages",
    ],
    "AggregatorServer": ["Encoding", "Cryptography", "Credentials", "Storage", "Web"],
    "LedgerNode": [
        "Encoding", "Cryptography", "Credentials", "Ledger", "Consensus", "Proofs",
        "Replication", "Storage", "Web", "Pages",
    ],
    "VotingGateway": ["Encoding", "Cryptography", "Ledger", "Storage", "Web", "Pages"],
]

/// The command sees every target, so that it can start each server and read each format.
let command = graph.map(\.key) + ["CLinux"]

/// What the tests of a target use beyond it: the ledger's are played by the simulator's people.
let borrowed = ["Ledger": ["Proofs", "Simulator"]]

let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
]

func dependencies(_ names: [String]) -> [Target.Dependency] { names.map { .target(name: $0) } }

let package = Package(
    name: "accredit",
    products: [.executable(name: "accredit", targets: ["accredit"])],
    targets: [
        .systemLibrary(
            name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(
            name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        .systemLibrary(name: "CLinux"),
    ]
        + graph.map { name, imports in
            .target(name: name, dependencies: dependencies(imports), swiftSettings: settings)
        }
        + [
            .executableTarget(
                name: "accredit", dependencies: dependencies(command), swiftSettings: settings),
            .target(
                name: "TestSupport", dependencies: dependencies(graph.map(\.key)),
                path: "Tests/Support", swiftSettings: settings),
            // Answers what another engine is asked too: Tests/Interop/differential.
            .executableTarget(
                name: "PolicyProbe", dependencies: dependencies(["Encoding", "Policies"]),
                path: "Tests/PolicyProbe", swiftSettings: settings),
            // Gives the parts of the policy language inputs that nobody would write.
            .executableTarget(
                name: "PolicyMutator", dependencies: dependencies(["Encoding", "Policies"]),
                path: "Tests/PolicyMutator", swiftSettings: settings),
            .testTarget(
                name: "TidyTests", dependencies: ["TestSupport"], swiftSettings: settings),
            .testTarget(
                name: "FlowTests",
                dependencies: dependencies(command + ["accredit", "TestSupport"]),
                swiftSettings: settings),
        ]
        + graph.map { name, imports in
            .testTarget(
                name: "\(name)Tests",
                dependencies: dependencies(
                    imports + [name, "TestSupport"] + (borrowed[name] ?? [])),
                swiftSettings: settings)
        },
    swiftLanguageModes: [.v6]
)
