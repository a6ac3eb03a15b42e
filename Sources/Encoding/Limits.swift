/// Bounds on everything this target takes from a stranger, named with their unit.
enum Limits {
    /// Bytes of one JSON document, unless the caller asks for another bound.
    static let documentByteCountMaximum = 1 << 20

    /// Containers inside each other, unless the caller asks for another bound.
    static let depthMaximum = 64

    /// Containers inside each other whatever the caller asks for: the parser recurses, and a
    /// thread's stack is finite.
    static let depthCeiling = 512

    /// Values of one JSON document, counting containers and everything in them.
    static let valueCountMaximum = 200_000

    /// Bytes of one number literal. RFC 8259 section 9 leaves the range to the reader; the longest
    /// number that must be read for interchange with others has 80.
    static let numberByteCountMaximum = 256

    /// Bytes of a string member when its reader names no other bound.
    static let textByteCountMaximum = 4096

    /// Bytes of a base64url member when its reader names no other bound.
    static let binaryByteCountMaximum = 65_536

    /// Characters of a base58 text: decoding takes quadratic time.
    static let base58CharacterCountMaximum = 256

    /// Digits after the second in an RFC 3339 time.
    static let fractionDigitCountMaximum = 9
}
