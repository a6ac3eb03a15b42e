import Cryptography
import Encoding
import TestSupport
import Testing

/// One kind of document is never taken for another: every pair of them, as it is, with the other's
/// type written on it, and signed again with that type by whom it names.
@Suite struct TokenAttackTypeTests {
    let world: SignedWorld

    init() throws { world = try SignedWorld() }

    /// The code, or that of the size where one document is larger than another may ever be.
    private func code(
        _ reader: SignedKind, _ fault: SignedKind.Fault, unlessLong token: String
    ) -> String {
        let isLong = reader == .creditStatement && token.utf8.count > 4096
        return reader.code(isLong ? .size : fault)
    }

    @Test(arguments: SignedKind.allCases, SignedKind.allCases)
    func `a document of one kind is refused by the reader of another`(
        _ made: SignedKind, _ reader: SignedKind
    ) throws {
        guard made != reader else { return }
        let token = try world.token(made).signed(by: world.signer(made))
        #expect(world.refusal(reader, token) == code(reader, .type, unlessLong: token))
    }

    @Test(arguments: SignedKind.allCases, SignedKind.allCases)
    func `a signature of one kind does not hold for the type of another`(
        _ made: SignedKind, _ reader: SignedKind
    ) throws {
        guard made != reader else { return }
        let honest = world.token(made)
        let signature = try world.signer(made).key.sign(Array(honest.input.utf8))
        // Another header, the payload and signature as they were.
        let relabelled = honest.with("typ", "\"\(reader.type)\"")
        let forged = relabelled.signed(with: signature)
        let refused = world.refusal(reader, forged)
        // An answer to a challenge is not read before its signature holds.
        let named = relabelled.header.first { $0.name == "kid" }?.text
        let isNamed = named == "\"\(world.candidacy.node.did)\""
        let answer: SignedKind.Fault = isNamed ? .signature : .keyID
        let fault = reader == .deviceAnswer ? answer : .shape
        #expect(refused == code(reader, fault, unlessLong: forged))
    }

    @Test(arguments: SignedKind.allCases, SignedKind.allCases)
    func `the content of one kind is no content of another`(
        _ made: SignedKind, _ reader: SignedKind
    ) throws {
        guard made != reader else { return }
        var token = world.token(reader)
        token.payload = world.token(made).payload
        let signed = try token.signed(by: world.signer(reader))
        #expect(world.refusal(reader, signed) == code(reader, .shape, unlessLong: signed))
    }

    @Test(arguments: SignedKind.allCases)
    func `the payload of one signed document does not fit the header of another`(
        _ kind: SignedKind
    ) throws {
        let other = try SignedWorld()
        let first = try world.token(kind).signed(by: world.signer(kind)).split(separator: ".")
        let second = try other.token(kind).signed(by: other.signer(kind)).split(separator: ".")
        let spliced = "\(first[0]).\(second[1]).\(first[2])"
        let code = world.refusal(kind, spliced)
        // Whose document it says to be differs from whose key its header names, or it is signed
        // for something else; either way nobody is believed.
        let expected: String =
            switch kind {
            case .application, .bundle: kind.code(.keyID)
            case .credential: "bad-signature"
            case .creditStatement, .deviceAnswer, .transaction: kind.code(.signature)
            }
        #expect(code == expected)
    }
}
