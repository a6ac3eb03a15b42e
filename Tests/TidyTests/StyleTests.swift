import Foundation
import Testing

/// House style that the formatter does not know.
@Suite struct StyleTests {
    static let lineCountMaximum = 400
    static let functionLineCountMaximum = 70
    static let columnCountMaximum = 100

    @Test func `no file is longer than 400 lines and no line than 100 columns`() throws {
        for file in try Self.allFiles() {
            #expect(
                file.lines.count <= Self.lineCountMaximum + 1,
                "\(file.path) has \(file.lines.count) lines")
            for (index, line) in file.lines.enumerated() where line.count > Self.columnCountMaximum
            {
                // A literal or a test's sentence cannot be broken; everything else can.
                let unbreakable = line.contains("\"") || line.contains("#/") || line.contains("`")
                #expect(unbreakable, "\(file.path):\(index + 1) has \(line.count) columns")
            }
        }
    }

    @Test func `no function is longer than 70 lines`() throws {
        for file in try Self.allFiles() {
            for function in try Self.functions(of: file) {
                #expect(
                    function.lineCount <= Self.functionLineCountMaximum,
                    "\(file.path):\(function.line) has \(function.lineCount) lines")
            }
        }
    }

    @Test func `the measure of functions sees a long one`() throws {
        let body = Array(repeating: "        run()", count: 80)
        let lines = ["struct Long {", "    package static func long() {"] + body + ["    }", "}"]
        let found = try Self.functions(of: SourceFile(path: "Sources/Web/Long.swift", lines: lines))
        #expect(found.map(\.lineCount) == [82])
    }

    @Test func `nothing is left for later and nothing is switched off`() throws {
        let words = ["TO" + "DO", "FIX" + "ME", "XX" + "X", "not " + "implemented", "stubb" + "ed"]
        let pattern = try Pattern(words.joined(separator: "|"))
        for file in try Self.allFiles() {
            for (index, line) in file.lines.enumerated() {
                let found = pattern.groups(line)?[0]
                #expect(found == nil, "\(file.path):\(index + 1) says \(found ?? "")")
            }
        }
    }

    @Test func `nothing is offered outside the package`() throws {
        let pattern = try Pattern(
            #"\b(public|open)\s+(func|var|let|struct|class|enum|init)"#)
        for file in try Repository.swiftFiles(under: "Sources") {
            for (index, line) in file.code.enumerated() {
                #expect(
                    !pattern.matches(line),
                    "\(file.path):\(index + 1) is public")
            }
        }
    }

    @Test func `unsafe code stays in the targets that own a C library`() throws {
        let pattern = try Pattern(#"\bunsafe\b|Unsafe(Mutable)?(Raw)?(Buffer)?Pointer"#)
        let owners: Set<String> = ["Cryptography", "Storage", "Web", "accredit"]
        for file in try Repository.swiftFiles(under: "Sources")
        where !owners.contains(file.target) {
            for (index, line) in file.code.enumerated() {
                #expect(
                    !pattern.matches(line), "\(file.path):\(index + 1) is unsafe")
            }
        }
    }

    @Test func `no private key is in the repository`() throws {
        let marker = "PRIVATE" + " KEY-----"
        for folder in ["Keys", "Policies"] {
            let base = Repository.root.appendingPathComponent(folder)
            let names = FileManager.default.enumerator(atPath: base.path)
            for name in names?.compactMap({ $0 as? String }) ?? [] {
                let bytes = FileManager.default.contents(
                    atPath: base.appendingPathComponent(name).path)
                let text = bytes.flatMap { String(data: $0, encoding: .utf8) } ?? ""
                #expect(!text.contains(marker), "\(folder)/\(name) holds a private key")
            }
        }
    }

    private static func allFiles() throws -> [SourceFile] {
        try Repository.swiftFiles(under: "Sources") + Repository.swiftFiles(under: "Tests")
    }

    /// Functions by indentation: the formatter guarantees that a body closes at its own column.
    static func functions(of file: SourceFile) throws -> [(line: Int, lineCount: Int)] {
        let attributes = #"(?:@\w+(?:\([^)]*\))?\s+)*(?:[a-z]+(?:\([a-z]+\))?\s+)*"#
        let opening = try Pattern(#"^(\s*)"# + attributes + #"(?:func\s|init[?(<]|deinit\s)"#)
        var found: [(line: Int, lineCount: Int)] = []
        for (index, line) in file.lines.enumerated() {
            guard let indentation = opening.groups(line)?[1] else { continue }
            let closing = indentation + "}"
            let end = file.lines[index...].firstIndex {
                $0 == closing || ($0.hasPrefix(closing) && $0.hasSuffix("}"))
            }
            if let end { found.append((index + 1, end - index + 1)) }
        }
        return found
    }
}
