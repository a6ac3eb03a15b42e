/// Where the rules of named time zones come from.
///
/// The table reads nothing itself: an auditor hands it the files of the system's zone data (TZif,
/// RFC 9636). Replicated rules get none, as the answers change with the data of a machine.
package struct ZoneTable: Sendable {
    private let file: (@Sendable (String) -> [UInt8]?)?

    /// No named zones.
    package static let none = ZoneTable(file: nil)

    private init(file: (@Sendable (String) -> [UInt8]?)?) {
        self.file = file
    }

    /// - Parameter file: the bytes of the file of a zone, by a name such as `Europe/Vienna`; nil
    ///   when there is no such zone. The name has been checked: letters, digits, `_+-` and single
    ///   slashes between them, so that it leads nowhere else.
    package init(_ file: @escaping @Sendable (String) -> [UInt8]?) {
        self.init(file: file)
    }

    var isEmpty: Bool { file == nil }

    /// The rules of a zone; nil when there is none of this name, or its file is damaged.
    func rules(_ name: Text) -> ZoneRules? {
        guard let file, name.bytes.count <= Limits.zoneNameByteCountMaximum,
            name.bytes.first?.isIdentifierStart == true,
            name.bytes.allSatisfy({ $0.isIdentifierPart || "+-/".utf8.contains($0) }),
            !name.bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
                .contains(where: \.isEmpty),
            let bytes = file(name.string), bytes.count <= Limits.zoneFileByteCountMaximum
        else { return nil }
        return ZoneRules(file: bytes)
    }
}
