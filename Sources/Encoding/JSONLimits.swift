/// How large a document a reader takes, and whether it holds to RFC 7493's rule on names.
package struct JSONLimits: Sendable {
    /// Bytes of the whole document.
    package let byteCountMaximum: Int
    /// Containers inside each other.
    package let depthMaximum: Int
    /// Values in the document, counting containers and everything in them.
    package let valueCountMaximum: Int
    /// RFC 8259 only advises against duplicate names, RFC 7493 section 2.3 forbids them. Everything
    /// that is signed, hashed or decided upon is read with the ban.
    package let allowsDuplicateNames: Bool

    package init(
        byteCountMaximum: Int = Limits.documentByteCountMaximum,
        depthMaximum: Int = Limits.depthMaximum,
        valueCountMaximum: Int = Limits.valueCountMaximum,
        allowsDuplicateNames: Bool = false
    ) {
        self.byteCountMaximum = byteCountMaximum
        self.depthMaximum = min(depthMaximum, Limits.depthCeiling)
        self.valueCountMaximum = valueCountMaximum
        self.allowsDuplicateNames = allowsDuplicateNames
    }

    /// 1 MiB, 64 deep, no duplicate names.
    package static let standard = JSONLimits()
}
