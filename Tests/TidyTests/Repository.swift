import Foundation

/// The repository's own sources, read as text.
struct SourceFile: Sendable {
    /// Path below the package's root, e.g. `Sources/Ledger/State.swift`.
    let path: String
    let lines: [String]
    /// The lines without their comments and string literals, so that prose does not count as code.
    let code: [String]

    init(path: String, lines: [String]) {
        self.path = path
        self.lines = lines
        var inTextBlock = false
        code = lines.map { line in
            let quotes = line.components(separatedBy: "\"\"\"").count - 1
            defer { if quotes % 2 == 1 { inTextBlock.toggle() } }
            if inTextBlock || quotes > 0 { return "" }
            return Self.withoutCommentsAndStrings(line)
        }
    }

    /// `Sources/Ledger/State.swift` belongs to `Ledger`.
    var target: String { String(path.split(separator: "/")[1]) }

    private static func withoutCommentsAndStrings(_ line: String) -> String {
        let (quote, slash, backslash) = (UInt8(ascii: "\""), UInt8(ascii: "/"), UInt8(ascii: "\\"))
        var result: [UInt8] = []
        var inString = false
        var escaped = false
        for byte in line.utf8 {
            if inString {
                if !escaped, byte == quote { inString = false }
                escaped = byte == backslash && !escaped
            } else if byte == quote {
                inString = true
                escaped = false
            } else if byte == slash, result.last == slash {
                result.removeLast()
                break
            } else {
                result.append(byte)
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}

/// A regular expression over lines, of the fast kind: the sources are some ten thousand lines.
struct Pattern: @unchecked Sendable {
    let text: String
    private let expression: NSRegularExpression

    init(_ text: String) throws {
        self.text = text
        expression = try NSRegularExpression(pattern: text)
    }

    func matches(_ line: String) -> Bool { groups(line) != nil }

    /// The text of each group of the first match; nil without a match.
    func groups(_ line: String) -> [String]? {
        let whole = NSRange(line.startIndex..., in: line)
        guard let match = expression.firstMatch(in: line, range: whole) else { return nil }
        return (0..<match.numberOfRanges).map { index in
            Range(match.range(at: index), in: line).map { String(line[$0]) } ?? ""
        }
    }
}

enum Repository {
    static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    static func swiftFiles(under folder: String) throws -> [SourceFile] {
        let base = root.appendingPathComponent(folder)
        guard let walker = FileManager.default.enumerator(atPath: base.path) else { return [] }
        return try walker.compactMap { $0 as? String }
            .filter { $0.hasSuffix(".swift") }
            .sorted()
            .map { relative in
                let text = try String(
                    contentsOf: base.appendingPathComponent(relative), encoding: .utf8)
                return SourceFile(
                    path: "\(folder)/\(relative)",
                    lines: text.split(separator: "\n", omittingEmptySubsequences: false)
                        .map(String.init))
            }
    }

    static func text(_ path: String) throws -> String {
        try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
    }
}
