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
        "Auditing": ["Encoding", "Cryptography", "Policies", "Credentials"],
        "Ledger": ["Encoding", "Cryptography", "Credentials"],
        "Consensus": ["Encoding", "Cryptography"],
        "Storage": [
            "Encoding", "Cryptography", "CSQLite", "CLinux", "Glibc", "Synchronization",
            "FoundationEssentials",
        ],
        "Web": [
            "Encoding", "Cryptography", "COpenSSL", "CLinux", "Glibc", "Synchronization",
            "FoundationEssentials",
        ],
        "AuditorServer": [
            "Encoding", "Cryptography", "Policies", "Credentials", "Auditing", "Storage", "Web",
            "FoundationEssentials", "Synchronization",
        ],
        "AggregatorServer": [
            "Encoding", "Cryptography", "Credentials", "Storage", "Web", "FoundationEssentials",
            "Synchronization",
        ],
        "LedgerNode": [
            "Encoding", "Cryptography", "Credentials", "Ledger", "Consensus", "Storage", "Web",
            "FoundationEssentials", "Synchronization",
        ],
        "accredit": [
            "Encoding", "Cryptography", "Policies", "Credentials", "Auditing", "Ledger",
            "Consensus", "Storage", "Web", "AuditorServer", "AggregatorServer", "LedgerNode",
            "CLinux", "Glibc", "FoundationEssentials", "Synchronization",
        ],
    ]

    static let pure: Set<String> = [
        "Policies", "Credentials", "Auditing", "Ledger", "Consensus",
    ]
    static let replicated: Set<String> = ["Ledger", "Consensus", "Encoding"]
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
        #expect(Self.forbiddenImports(in: sources) == [])
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
        #expect(Self.uses(of: Self.impure, in: Self.pure, among: sources) == [])
    }

    @Test func `replicated code has no floating point, hash order, locale or date`() throws {
        let sources = try Repository.swiftFiles(under: "Sources")
        #expect(Self.uses(of: Self.undetermined, in: Self.replicated, among: sources) == [])
    }

    @Test func `replicated code never walks a dictionary or a set`() throws {
        let sources = try Repository.swiftFiles(under: "Sources")
        #expect(try Self.walksOverHashedCollections(among: sources) == [])
    }

    @Test func `each rule catches a file that breaks it`() throws {
        func file(_ target: String, _ line: String) -> [SourceFile] {
            [
                SourceFile(
                    path: "Sources/\(target)/Broken.swift",
                    lines: line.components(separatedBy: "\n"))
            ]
        }
        #expect(Self.forbiddenImports(in: file("Auditing", "package import Ledger")).count == 1)
        #expect(Self.forbiddenImports(in: file("Nowhere", "")).count == 1)
        for line in ["let now = Date()", "Task { run() }", "let key = try! load()", "await go()"] {
            let broken = file("Policies", line)
            #expect(Self.uses(of: Self.impure, in: Self.pure, among: broken).count == 1, "\(line)")
        }
        for line in ["let share: Double = 0", "var hasher = Hasher()"] {
            let broken = file("Ledger", line)
            let found = Self.uses(of: Self.undetermined, in: Self.replicated, among: broken)
            #expect(found.count == 1, "\(line)")
        }
        let walk = "var votes: [String: Int] = [:]\nfor (name, count) in votes {"
        #expect(try Self.walksOverHashedCollections(among: file("Ledger", walk)).count == 1)
        let prose = file("Ledger", "// A Double would differ. \nlet text = \"Date() is banned\"")
        #expect(Self.uses(of: Self.impure, in: Self.replicated, among: prose) == [])
    }

    private static func forbiddenImports(in sources: [SourceFile]) -> [String] {
        sources.flatMap { file -> [String] in
            guard let permitted = allowed[file.target] else {
                return ["\(file.target) is missing from the table"]
            }
            return file.code.compactMap(importedModule)
                .filter { !permitted.contains($0) }
                .map { "\(file.path) imports \($0)" }
        }
    }

    private static func uses(
        of banned: [String], in targets: Set<String>, among sources: [SourceFile]
    ) -> [String] {
        let patterns = banned.compactMap { text in (try? Regex(text)).map { (text, $0) } }
        guard patterns.count == banned.count else { return ["a pattern does not compile"] }
        return sources.filter { targets.contains($0.target) }.flatMap { file in
            file.code.enumerated().flatMap { index, line in
                patterns.compactMap { text, pattern in
                    line.firstMatch(of: pattern) == nil
                        ? nil : "\(file.path):\(index + 1) uses \(text)"
                }
            }
        }
    }

    private static func walksOverHashedCollections(
        among sources: [SourceFile]
    ) throws -> [String] {
        var found: [String] = []
        for file in sources where replicated.contains(file.target) {
            let code = file.code
            for name in hashedNames(code).sorted() {
                let walk = try Regex(
                    #"\bin\s+(self\.)?"# + name
                        + #"\s*(\{|where)|\b"# + name
                        + #"\.(map|forEach|filter|reduce|first|keys|values)\b"#)
                for (index, line) in code.enumerated() where line.firstMatch(of: walk) != nil {
                    found.append("\(file.path):\(index + 1) walks \(name), in no fixed order")
                }
            }
        }
        return found
    }

    /// Names declared in this file as `[K: V]`, `Dictionary<…>` or `Set<…>`.
    private static func hashedNames(_ code: [String]) -> Set<String> {
        let declaration = #/(?:let|var)\s+(\w+)\s*:\s*(?:\[[^\[\]]+:\s*.+\]|Set<|Dictionary<)/#
        let literal = #/(?:let|var)\s+(\w+)\s*=\s*(?:\[:\]|\[\w[^\]]*:[^\]]*\]\(\)|Set[<(])/#
        var names: Set<String> = []
        for line in code {
            if let match = line.firstMatch(of: declaration) { names.insert(String(match.1)) }
            if let match = line.firstMatch(of: literal) { names.insert(String(match.1)) }
        }
        return names
    }

    private static func importedModule(_ line: String) -> String? {
        let pattern =
            #/^\s*(?:@\w+(?:\(\w+\))?\s+)*(?:package |internal |private |public )?import\s+(?:struct |class |enum |func )?(\w+)/#
        return line.firstMatch(of: pattern).map { String($0.1) }
    }
}
