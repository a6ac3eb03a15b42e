internal import COpenSSL
package import Encoding

/// A SHA-256 digest. Ordered by its bytes; written as lowercase hexadecimal everywhere.
package struct Digest: Hashable, Comparable, Sendable {
    // Four words instead of an array: digests are keys of many tables, and this needs no
    // allocation.
    private let words: (UInt64, UInt64, UInt64, UInt64)

    package static let byteCount = 32

    /// Thirty-two zero bytes: the digest of nothing, where a chain begins.
    package static let zero = Digest(Array(repeating: 0, count: byteCount).span)

    /// - Throws: `.binary` unless there are 32 bytes.
    package init(bytes: [UInt8]) throws(FormatError) {
        guard bytes.count == Digest.byteCount else {
            throw FormatError(.binary, "a digest has 32 bytes, not \(bytes.count)")
        }
        self.init(bytes.span)
    }

    /// - Throws: `.hexadecimal` unless there are 64 lowercase digits.
    package init(hexadecimal text: String) throws(FormatError) {
        guard text.utf8.count == Digest.byteCount * 2 else {
            throw FormatError(.hexadecimal, "a digest has 64 lowercase hexadecimal digits")
        }
        try self.init(bytes: Hexadecimal.decode(text))
    }

    /// `bytes` has at least 32 elements.
    private init(_ bytes: Span<UInt8>) {
        func word(_ start: Int) -> UInt64 {
            var value: UInt64 = 0
            for index in start..<start + 8 { value = value << 8 | UInt64(bytes[index]) }
            return value
        }
        words = (word(0), word(8), word(16), word(24))
    }

    package var bytes: [UInt8] {
        var bytes = [UInt8](repeating: 0, count: Digest.byteCount)
        for byte in 0..<8 {
            let shift = UInt64(56 - 8 * byte)
            bytes[byte] = UInt8(truncatingIfNeeded: words.0 >> shift)
            bytes[8 + byte] = UInt8(truncatingIfNeeded: words.1 >> shift)
            bytes[16 + byte] = UInt8(truncatingIfNeeded: words.2 >> shift)
            bytes[24 + byte] = UInt8(truncatingIfNeeded: words.3 >> shift)
        }
        return bytes
    }

    /// The first eight bytes as a number, in the digests' order.
    package var prefix: UInt64 { words.0 }

    /// Sixty-four lowercase hexadecimal digits.
    package var text: String { Hexadecimal.encode(bytes) }

    package static func sha256(_ bytes: [UInt8]) -> Digest {
        var output = InlineArray<32, UInt8>(repeating: 0)
        var target = output.mutableSpan
        let result = unsafe target.withUnsafeMutableBufferPointer { output in
            unsafe accredit_sha256(bytes, bytes.count, output.baseAddress)
        }
        // Fails only without memory or with a broken library: nothing can be trusted then.
        precondition(result == 1, "SHA-256 of the system's OpenSSL failed")
        return Digest(output.span)
    }

    /// The digest of a byte and two digests: the node of a Merkle tree, hashed by the million.
    static func sha256(_ prefix: UInt8, _ left: Digest, _ right: Digest) -> Digest {
        var input = InlineArray<65, UInt8>(repeating: prefix)
        left.write(to: &input, at: 1)
        right.write(to: &input, at: 33)
        var output = InlineArray<32, UInt8>(repeating: 0)
        var target = output.mutableSpan
        let result = unsafe input.span.withUnsafeBufferPointer { input in
            unsafe target.withUnsafeMutableBufferPointer { output in
                unsafe accredit_sha256(input.baseAddress, input.count, output.baseAddress)
            }
        }
        precondition(result == 1, "SHA-256 of the system's OpenSSL failed")
        return Digest(output.span)
    }

    private func write(to bytes: inout InlineArray<65, UInt8>, at start: Int) {
        for byte in 0..<8 {
            let shift = UInt64(56 - 8 * byte)
            bytes[start + byte] = UInt8(truncatingIfNeeded: words.0 >> shift)
            bytes[start + 8 + byte] = UInt8(truncatingIfNeeded: words.1 >> shift)
            bytes[start + 16 + byte] = UInt8(truncatingIfNeeded: words.2 >> shift)
            bytes[start + 24 + byte] = UInt8(truncatingIfNeeded: words.3 >> shift)
        }
    }

    /// The digest of the parts one after the other.
    package static func sha256(of parts: [[UInt8]]) -> Digest {
        let context = unsafe EVP_MD_CTX_new()
        defer { unsafe EVP_MD_CTX_free(context) }
        var output = [UInt8](repeating: 0, count: byteCount)
        var isGood = unsafe EVP_DigestInit_ex2(context, OpenSSL.sha256, nil) == 1
        for part in parts {
            isGood = unsafe EVP_DigestUpdate(context, part, part.count) == 1 && isGood
        }
        isGood = unsafe EVP_DigestFinal_ex(context, &output, nil) == 1 && isGood
        precondition(isGood, "SHA-256 of the system's OpenSSL failed")
        return Digest(output.span)
    }

    package static func == (left: Digest, right: Digest) -> Bool { left.words == right.words }

    package static func < (left: Digest, right: Digest) -> Bool { left.words < right.words }

    package func hash(into hasher: inout Hasher) {
        // A digest is evenly spread already, and a seeded hash of part of it stays so.
        hasher.combine(words.0)
        hasher.combine(words.3)
    }
}

extension Digest: CustomStringConvertible {
    package var description: String { text }
}

extension Fields {
    package mutating func optionalDigest(_ name: String) throws(FormatError) -> Digest? {
        guard let text = try optionalString(name) else { return nil }
        do {
            return try Digest(hexadecimal: text)
        } catch let cause {
            throw FormatError(cause.code, "\(path).\(name): \(cause.detail)")
        }
    }

    /// A digest in hexadecimal.
    package mutating func digest(_ name: String) throws(FormatError) -> Digest {
        guard let digest = try optionalDigest(name) else { throw error(name, "is missing") }
        return digest
    }
}
