/// The rules of named time zones, as the system's zone data (tzdata) has them: one TZif file
/// (RFC 9636) a zone. They change with the machine; replicated rules never read them.
package enum ZoneFiles {
    private static let folder = "/usr/share/zoneinfo"

    /// The file of a zone such as `Europe/Vienna`; nil when this machine has none of that name, or
    /// no zone data at all.
    /// - Parameter name: letters, digits, `_+-` and single slashes between them, nothing else; any
    ///   other name has no file.
    package static func read(_ name: String) -> [UInt8]? {
        read(name, in: folder)
    }

    package static func read(_ name: String, in folder: String) -> [UInt8]? {
        let parts = name.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        let isPlain = parts.allSatisfy { part in !part.isEmpty && part.allSatisfy(isNamePart) }
        guard isPlain, name.utf8.count <= Limits.zoneNameByteCountMaximum else { return nil }
        return try? DurableFile.read(
            "\(folder)/\(name)", maximumByteCount: Limits.zoneFileByteCountMaximum)
    }

    private static func isNamePart(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "_+-".utf8.contains(byte)
        }
    }
}
