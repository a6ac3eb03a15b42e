import Cryptography
import Testing

@Suite struct TokenURITests {
    private static let tail = "?pin-source=file:/p&module-path=/m"

    @Test func `a URI names key, PIN file and library`() throws {
        let uri = try TokenURI(
            "pkcs11:token=accredit%20one;object=key?pin-source=file:/etc/pin&module-path=/usr/m.so")
        #expect(uri.modulePath == "/usr/m.so")
        #expect(uri.pinPath == "/etc/pin")
        #expect(try TokenURI("pkcs11:id=%01%02?pin-source=/p&module-path=/m").pinPath == "/p")
    }

    @Test(arguments: [
        "", "pkcs11:", "file:/key", "pkcs11:token=a" + tail, "pkcs11:object=a",
        "pkcs11:object=a?pin-source=file:/p", "pkcs11:object=a?module-path=/m",
        "pkcs11:object=a?pin-source=file:p&module-path=/m",
        "pkcs11:object=a?pin-source=file:/p&module-path=m.so",
        "pkcs11:object=a?pin-value=1234&module-path=/m", "pkcs11:object=a;object=b" + tail,
        "pkcs11:object=%zz" + tail, "pkcs11:object=%00" + tail, "pkcs11:object" + tail,
        "pkcs11:object=a;evil=1" + tail, "pkcs11:object=a b" + tail, "pkcs11:object=\u{e9}" + tail,
        "pkcs11:object=a" + tail + "&x=y",
        "pkcs11:object=" + String(repeating: "a", count: 1100) + tail,
    ])
    func `what is unclear or holds the PIN itself is refused`(_ text: String) {
        #expect(throws: KeyError(.malformed, "")) { try TokenURI(text) }
    }

    @Test func `without library or token there is a reason and no question`() throws {
        let uri = try TokenURI("pkcs11:object=a?pin-source=/p&module-path=/nowhere.so")
        #expect(throws: KeyError(.system, "")) {
            _ = try PrivateKey.inToken(uri, pin: Array("1234".utf8)).publicKey
        }
    }
}
