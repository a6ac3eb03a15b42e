import Foundation
import Testing

/// The shape that DESIGN fixes: which target may import which module.
@Suite struct ArchitectureTests {
    /// Every module a target may import. A line here is a decision: the manifest may offer less.
    static let allowed: [String: Set<String>] = [
        "Encoding": [],
        "Cryptography": ["Encoding", "COpenSSL", "Synchronization"],
        "Policies": ["Encoding"],
        "Credentials": ["Encoding", "Cryptography"],
        "TransparencyLog": ["Encoding", "Cryptography"],
        "Auditing": ["Encoding", "Cryptography", "Policies", "Credentials"],
        "Ledger": ["Encoding", "Cryptography", "Policies", "Credentials"],
        "Consensus": ["Encoding", "Cryptography"],
        "ModelChecker": ["Encoding", "Cryptography", "Consensus"],
        "Proofs": ["Encoding", "Cryptography", "Credentials", "Ledger", "Consensus"],
        "Replication": ["Encoding", "Cryptography", "Ledger", "Consensus", "Proofs"],
        "Simulator": [
            "Encoding", "Cryptography", "Credentials", "Ledger", "Consensus", "Proofs",
            "Replication", "Synchronization",
        ],
        "Storage": [
            "Encoding", "Cryptography", "CSQLite", "CLinux", "Glibc", "Synchronization",
            "FoundationEssentials",
        ],
        "Web": [
            "Encoding", "Cryptography", "COpenSSL", "CLinux", "Glibc", "Synchronization",
            "FoundationEssentials",
        ],
        "AuditorServer": [
            "Encoding", "Cryptography", "Policies", "Credentials", "TransparencyLog", "Auditing",
            "Storage", "Web", "Pages", "FoundationEssentials", "Synchronization",
        ],
        "AggregatorServer": [
            "Encoding", "Cryptography", "Credentials", "Storage", "Web", "FoundationEssentials",
            "Synchronization",
        ],
        "Pages": ["Encoding", "Cryptography", "Web"],
        "LedgerNode": [
            "Encoding", "Cryptography", "Credentials", "Ledger", "Consensus", "Proofs",
            "Replication", "Storage", "Web", "Pages", "FoundationEssentials", "Synchronization",
        ],
        "VotingGateway": [
            "Encoding", "Cryptography", "Ledger", "Storage", "Web", "Pages",
            "Synchronization",
        ],
        "accredit": [
            "Encoding", "Cryptography", "Policies", "Credentials", "TransparencyLog", "Auditing",
            "Ledger", "Consensus", "ModelChecker", "Proofs", "Simulator", "Storage", "Web", "Pages",
            "AuditorServer", "AggregatorServer", "LedgerNode", "VotingGateway", "CLinux", "Glibc",
            "FoundationEssentials", "Synchronization",
        ],
    ]

    static let pure: Set<String> = [
        "Policies", "Credentials", "TransparencyLog", "Auditing", "Ledger", "Consensus",
        "ModelChecker", "Proofs", "Replication", "Simulator",
    ]
    static let replicated: Set<String> = ["Ledger", "Consensus", "Replication", "Encoding"]
    /// Targets whose answers every node has to agree on: contracts run in `Policies`, which has
    /// doubles for auditors only.
    static let ordered = replicated.union(["Policies"])
    static let impure = [
        #"\bDate\(\)"#, #"Date\.now"#, #"SystemRandom"#, #"\.random\("#, #"SecureRandom"#,
        #"FileManager"#, #"\bTask\s*[.{(]"#, #"\basync\b"#, #"\bawait\b"#, #"fatalError"#,
        #"preconditionFailure"#, #"try!"#, #"\bas!"#, #"ContinuousClock"#, #"SuspendingClock"#,
        #"getenv"#, #"\bunsafe\b"#,
    ]
    static let undetermined = [
        #"\bDouble\b"#, #"\bFloat\b"#, #"\bhashValue\b"#, #"\bHasher\b"#, #"\bDate\b"#,
        #"\bLocale\b"#,
    ]

    @Test func `every target imports only what the table allows`() throws {
        let sources = try Repository.swiftFiles(under: "Sources")
        #expect(!sources.isEmpty)
        #expect(try Self.forbiddenImports(in: sources) == [])
    }

    @Test func `the manifest depends on no package and declares every target of the table`() throws
    {
        let manifest = try Repository.text("Package.swift")
        #expect(!manifest.contains(".package("))
        for target in Self.allowed.keys {
            #expect(manifest.contains("\"\(target)\""), "\(target) is missing from the manifest")
        }
    }

    @Test func `pure targets have no clock, randomness, disk, task or way to crash`() throws {
        let sources = try Repository.swiftFiles(under: "Sources")
        #expect(try Self.uses(of: Self.impure, in: Self.pure, among: sources) == [])
    }

    @Test func `replicated code has no floating point, hash order, locale or date`() throws {
        let sources = try Repository.swiftFiles(under: "Sources")
        #expect(try Self.uses(of: Self.undetermined, in: Self.replicated, among: sources) == [])
    }

    @Test func `replicated code never walks a dictionary or a set`() throws {
        let sources = try Repository.swiftFiles(under: "Sources")
        #expect(try Self.walksOverHashedCollections(among: sources) == [])
    }

    /// Where a rule of agreement may be left out on purpose: the harnesses that have to notice.
    static let breakers = [
        "Sources/Consensus/", "Sources/Replication/", "Sources/ModelChecker/", "Sources/Simulator/",
        "Sources/accredit/Commands/Explore", "Sources/accredit/Commands/Simulat",
    ]

    @Test func `no node can be made to leave out a rule of agreement`() throws {
        let sources = try Repository.swiftFiles(under: "Sources")
        #expect(try Self.ruleBreaks(in: sources) == [])
        let broken = SourceFile(
            path: "Sources/LedgerNode/Broken.swift", lines: ["let rule: RuleBreak? = nil"])
        #expect(try Self.ruleBreaks(in: [broken]).count == 1)
    }

    private static func ruleBreaks(in sources: [SourceFile]) throws -> [String] {
        let pattern = try Pattern(#"\bRuleBreak\b|\bbreaking:|\bRehearsal\b|\brehearsal:"#)
        return sources.filter { file in !breakers.contains { file.path.hasPrefix($0) } }
            .flatMap { file in
                file.code.filter { pattern.matches($0) }.map { "\(file.path): \($0)" }
            }
    }

    @Test func `each rule catches a file that breaks it`() throws {
        func file(_ target: String, _ line: String) -> [SourceFile] {
            [
                SourceFile(
                    path: "Sources/\(target)/Broken.swift",
                    lines: line.components(separatedBy: "\n"))
            ]
        }
        #expect(try Self.forbiddenImports(in: file("Auditing", "package import Ledger")).count == 1)
        #expect(try Self.forbiddenImports(in: file("Nowhere", "")).count == 1)
        for line in ["let now = Date()", "Task { run() }", "let key = try! load()", "await go()"] {
            let broken = file("Policies", line)
            #expect(
                try Self.uses(of: Self.impure, in: Self.pure, among: broken).count == 1, "\(line)")
        }
        for line in ["let share: Double = 0", "var hasher = Hasher()"] {
            let broken = file("Ledger", line)
            let found = try Self.uses(of: Self.undetermined, in: Self.replicated, among: broken)
            #expect(found.count == 1, "\(line)")
        }
        let walk = "var votes: [String: Int] = [:]\nfor (name, count) in votes {"
        for target in ["Ledger", "Policies"] {
            #expect(try Self.walksOverHashedCollections(among: file(target, walk)).count == 1)
        }
        let prose = file("Ledger", "// A Double would differ. \nlet text = \"Date() is banned\"")
        #expect(try Self.uses(of: Self.impure, in: Self.replicated, among: prose) == [])
    }

    private static func forbiddenImports(in sources: [SourceFile]) throws -> [String] {
        let modifiers = #"(?:@\w+(?:\(\w+\))?\s+)*(?:package |internal |private |public )?"#
        let pattern = try Pattern(
            #"^\s*"# + modifiers + #"import\s+(?:struct |class |enum |func )?(\w+)"#)
        return sources.flatMap { file -> [String] in
            guard let permitted = allowed[file.target] else {
                return ["\(file.target) is missing from the table"]
            }
            return file.code.compactMap { pattern.groups($0)?[1] }
                .filter { !permitted.contains($0) }
                .map { "\(file.path) imports \($0)" }
        }
    }

    private static func uses(
        of banned: [String], in targets: Set<String>, among sources: [SourceFile]
    ) throws -> [String] {
        let patterns = try banned.map { try Pattern($0) }
        return sources.filter { targets.contains($0.target) }.flatMap { file in
            file.code.enumerated().flatMap { index, line in
                patterns.filter { $0.matches(line) }
                    .map { "\(file.path):\(index + 1) uses \($0.text)" }
            }
        }
    }

    private static func walksOverHashedCollections(
        among sources: [SourceFile]
    ) throws -> [String] {
        var found: [String] = []
        for file in sources where ordered.contains(file.target) {
            for name in try hashedNames(file.code).sorted() {
                let walk = try Pattern(
                    #"\bin\s+(self\.)?"# + name
                        + #"\s*(\{|where)|(self\.|(?<![.\w]))"# + name
                        + #"\.(map|forEach|filter|reduce|first|keys|values)\b(?!\.sorted)"#)
                for (index, line) in file.code.enumerated() where walk.matches(line) {
                    found.append("\(file.path):\(index + 1) walks \(name), in no fixed order")
                }
            }
        }
        return found
    }

    /// Names declared in this file as `[K: V]`, `Dictionary<…>` or `Set<…>`.
    private static func hashedNames(_ code: [String]) throws -> Set<String> {
        let declarations = [
            try Pattern(
                #"(?:let|var)\s+(\w+)\s*:\s*(?:\[[^\[\](]+:\s*.+\]|Set<|Dictionary<)"#),
            try Pattern(
                #"(?:let|var)\s+(\w+)\s*=\s*(?:\[:\]|\[\w[^\]]*:[^\]]*\]\(\)|Set[<(])"#),
        ]
        return Set(code.flatMap { line in declarations.compactMap { $0.groups(line)?[1] } })
    }
}
