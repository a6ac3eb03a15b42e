/// Bounds on everything this target takes from a stranger, named with their unit.
enum Limits {
    /// A signed note, in bytes.
    static let noteByteCountMaximum = 65_536
    /// Signatures on one note; C2SP signed-note asks for at least 16.
    static let noteSignatureCountMaximum = 64
    /// The name of a key, in bytes.
    static let keyNameByteCountMaximum = 255
    /// Extension lines of a checkpoint.
    static let extensionLineCountMaximum = 16
    /// One entry, in bytes: its length is written in two bytes.
    static let entryByteCountMaximum = 65_535
}
