import Foundation

/// The repository's own sources, read as text.
struct SourceFile: Sendable {
    /// Path below the package's root, e.g. `Sources/Ledger/State.swift`.
    let path: String
    let lines: [String]

    /// `Sources/Ledger/State.swift` belongs to `Ledger`.
    var target: String { String(path.split(separator: "/")[1]) }

    /// The lines without their comments and string literals, so that prose does not count as code.
    var code: [String] {
        var inTextBlock = false
        return lines.map { line in
            let quotes = line.components(separatedBy: "\"\"\"").count - 1
            defer { if quotes % 2 == 1 { inTextBlock.toggle() } }
            if inTextBlock || quotes > 0 { return "" }
            return Self.withoutCommentsAndStrings(line)
        }
    }

    private static func withoutCommentsAndStrings(_ line: String) -> String {
        var result = ""
        var inString = false
        var previous: Character = " "
        var escaped = false
        for character in line {
            if inString {
                if !escaped, character == "\"" { inString = false }
                escaped = character == "\\" && !escaped
            } else if character == "\"" {
                inString = true
                escaped = false
            } else if character == "/", previous == "/" {
                return String(result.dropLast())
            } else {
                result.append(character)
            }
            previous = character
        }
        return result
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
