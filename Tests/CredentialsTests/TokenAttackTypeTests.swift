import Cryptography
import Encoding
import TestSupport
import Testing

/// One kind of document is never taken for another: every pair of them, as it is, with the other's
/// type written on it, and signed again with that type by whom it names.
@Suite struct TokenAttackTypeTests {
    let world: SignedWorld

    init() throws { world = try SignedWorld() }

    /// Held against the code of the fault, or that of the size where one kind of document is
    /// larger than another may ever be.
    private func expect(
        _ reader: SignedKind, _ token: String, _ fault: SignedKind.Fault,
        at location: SourceLocation = #_sourceLocation
    ) {
        let refused = world.refusal(reader, token)
        let isLong = token.utf8.count > 4096 && refused == reader.code(.size)
        #expect(refused == reader.code(isLong ? .size : fault), sourceLocation: location)
    }

    @Test(arguments: SignedKind.allCases, SignedKind.allCases)
    func `a document of one kind is refused by the reader of another`(
        _ made: SignedKind, _ reader: SignedKind
    ) throws {
        guard made != reader else { return }
        let token = try world.token(made).signed(by: world.signer(made))
        // Credentials and status lists are of one type, by the standard; their content differs.
        expect(reader, token, made.type == reader.type ? .content : .type)
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
        let named = relabelled.header.first { $0.name == "kid" }?.text
        let isNamed = named == "\"\(world.candidacy.node.did)\""
        let fault: SignedKind.Fault =
            switch reader {
            // What is in it is not read before the signature holds.
            case .deviceAnswer: isNamed ? .signature : .keyID
            case .operation: .keyID
            case .application, .credential, .bundle, .creditStatement, .transaction, .review,
                .reviewLogin, .rotation, .setSignature, .statusList:
                .content
            }
        expect(reader, relabelled.signed(with: signature), fault)
    }

    @Test(arguments: SignedKind.allCases, SignedKind.allCases)
    func `the content of one kind is no content of another`(
        _ made: SignedKind, _ reader: SignedKind
    ) throws {
        guard made != reader else { return }
        var token = world.token(reader)
        token.payload = world.token(made).payload
        expect(reader, try token.signed(by: world.signer(reader)), .content)
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
            case .application, .bundle, .reviewLogin: kind.code(.keyID)
            case .setSignature: kind.code(.content)
            case .credential, .creditStatement, .deviceAnswer, .transaction, .review, .operation,
                .rotation, .statusList:
                kind.code(.signature)
            }
        #expect(code == expected)
    }
}
