import Cryptography
import Encoding
import TestSupport
import Testing

/// Tokens that say the same as a good one in other bytes: none of them is read, so that nothing
/// that was judged, logged or revoked by its bytes comes back in another dress.
@Suite struct TokenAttackEncodingTests {
    let world: SignedWorld

    init() throws { world = try SignedWorld() }

    private func good(_ kind: SignedKind) throws -> [String] {
        try world.token(kind).signed(by: world.signer(kind)).split(separator: ".").map(String.init)
    }

    private func expectMalformed(
        _ kind: SignedKind, _ compact: String, _ comment: Comment? = nil,
        at location: SourceLocation = #_sourceLocation
    ) {
        #expect(
            world.refusal(kind, compact) == kind.code(.shape), comment, sourceLocation: location)
    }

    /// Each part changed in turn; the signature is made anew where it covers the change.
    private func expectMalformedParts(
        _ kind: SignedKind, _ change: (String) -> String,
        at location: SourceLocation = #_sourceLocation
    ) throws {
        let parts = try good(kind)
        for index in 0..<3 {
            var changed = parts
            changed[index] = change(parts[index])
            if index < 2 {
                let input = Array("\(changed[0]).\(changed[1])".utf8)
                changed[2] = HandMadeToken.base64URL(try world.signer(kind).key.sign(input))
            }
            expectMalformed(
                kind, changed.joined(separator: "."), "part \(index)", at: location)
        }
    }

    @Test(arguments: SignedKind.allCases)
    func `padding is refused in each part`(_ kind: SignedKind) throws {
        for padding in ["=", "==", "===", "%3d"] {
            try expectMalformedParts(kind) { $0 + padding }
        }
    }

    @Test(arguments: SignedKind.allCases)
    func `white space is refused wherever it stands`(_ kind: SignedKind) throws {
        for space in [" ", "\n", "\r\n", "\t", "\u{0}", "\u{a0}", "\u{feff}", "\u{200b}"] {
            try expectMalformedParts(kind) { $0 + space }
            try expectMalformedParts(kind) { space + $0 }
            try expectMalformedParts(kind) { $0.prefix(5) + space + $0.dropFirst(5) }
        }
    }

    @Test(arguments: SignedKind.allCases)
    func `the letters of plain base64 are refused`(_ kind: SignedKind) throws {
        for letter in ["+", "/", ",", "!", "\u{ff21}", "A\u{301}"] {
            try expectMalformedParts(kind) { letter + $0.dropFirst() }
            try expectMalformedParts(kind) { $0.dropLast() + letter }
        }
        var parts = try good(kind)
        parts[2] = HandMadeToken.base64URL(Array(repeating: 0xFF, count: 64))
            .replacing("_", with: "/").replacing("-", with: "+")
        expectMalformed(kind, parts.joined(separator: "."))
    }

    @Test(arguments: SignedKind.allCases)
    func `bits after the last byte have to be zero in each part`(_ kind: SignedKind) throws {
        let alphabet = Array(
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
        // 64 bytes leave four bits: fifteen other spellings of one signature.
        let parts = try good(kind)
        let last = try #require(parts[2].last.flatMap { alphabet.firstIndex(of: $0) })
        for bits in 1..<16 {
            let other = parts[2].dropLast() + String(alphabet[last | bits])
            expectMalformed(kind, "\(parts[0]).\(parts[1]).\(other)")
        }
        for padding in 0..<3 {
            var token = world.token(kind).with("x", "\"\(String(repeating: "x", count: padding))\"")
            token.payload += Array(repeating: 0x20, count: padding)
            let parts = try token.signed(by: world.signer(kind)).split(separator: ".")
                .map(String.init)
            for index in 0..<2 where parts[index].count % 4 != 0 {
                var changed = parts
                let place = try #require(
                    parts[index].last.flatMap { alphabet.firstIndex(of: $0) })
                changed[index] = parts[index].dropLast() + String(alphabet[place | 1])
                let input = Array("\(changed[0]).\(changed[1])".utf8)
                changed[2] = HandMadeToken.base64URL(try world.signer(kind).key.sign(input))
                expectMalformed(kind, changed.joined(separator: "."), "part \(index)")
            }
        }
    }

    @Test(arguments: SignedKind.allCases)
    func `two, four and five parts, and dots at either end, are refused`(
        _ kind: SignedKind
    ) throws {
        let parts = try good(kind)
        let good = parts.joined(separator: ".")
        for text in [
            "", ".", "..", "...", "....", good + ".", "." + good, good + "..", parts[0],
            "\(parts[0]).\(parts[1])", ".\(parts[1]).\(parts[2])",
            "\(good).\(parts[2])", "\(good).\(parts[1]).\(parts[2])", "\(good).\(good)",
            parts.joined(separator: ".."), parts.joined(separator: "\u{3002}"),
            parts.joined(separator: "\u{ff0e}"),
        ] {
            expectMalformed(kind, text, "\(text.count) characters")
        }
        // Nothing for a payload.
        let empty = world.refusal(kind, "\(parts[0])..\(parts[2])")
        #expect(empty == kind.code(Self.emptyPayload(kind)))
    }

    /// An answer to a challenge is not read before its signature holds.
    private static func emptyPayload(_ kind: SignedKind) -> SignedKind.Fault {
        kind == .deviceAnswer ? .signature : .content
    }

    @Test(arguments: SignedKind.allCases)
    func `a header that is no plain JSON object is refused`(_ kind: SignedKind) throws {
        let good = world.token(kind)
        let text = good.headerText
        let parts = try self.good(kind)
        for header in [
            "[\(text)]", "\"\(kind.type)\"", "null", "", text + text, text + ",", "\u{feff}" + text,
            text.dropLast() + ",}", text.replacing("\"", with: "'"), "/**/" + text,
            text.dropLast() + ",\"x\":\"\\ud800\"}", text.dropLast() + ",\"x\":01}",
        ] {
            let input = HandMadeToken.base64URL(Array(header.utf8)) + "." + parts[1]
            let signature = try world.signer(kind).key.sign(Array(input.utf8))
            expectMalformed(
                kind, "\(input).\(HandMadeToken.base64URL(signature))", "\(header.prefix(20))")
        }
    }

    @Test(arguments: SignedKind.allCases)
    func `a header over its size or depth is refused`(_ kind: SignedKind) throws {
        let long = "\"" + String(repeating: "x", count: 4096) + "\""
        let deep = String(repeating: "[", count: 64) + String(repeating: "]", count: 64)
        for text in [long, deep] {
            let token = try world.token(kind).with("x", text).signed(by: world.signer(kind))
            // Some kinds as a whole may not be longer than a header.
            let refused = world.refusal(kind, token)
            let isLong = text == long && refused == kind.code(.size)
            #expect(refused == kind.code(isLong ? .size : .shape))
        }
    }

    @Test(arguments: SignedKind.allCases)
    func `a good token still is believed when nothing is changed`(_ kind: SignedKind) throws {
        #expect(world.refusal(kind, try good(kind).joined(separator: ".")) == nil)
    }
}
