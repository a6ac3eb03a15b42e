import Auditing
import AuditorServer
import Credentials
import Cryptography
import Encoding
import Foundation
import Storage
import TestSupport
import Testing

/// Keys in a real PKCS#11 token: SoftHSM2, through OpenSSL's engine.
@Suite(.serialized, .enabled(if: SoftToken.isInstalled, SoftToken.hint)) struct TokenTests {
    private let world: AuditWorld
    private let token: SoftToken

    init() throws {
        world = try AuditWorld()
        token = try SoftToken(folder: world.folder)
    }

    private func unsigned(_ key: PublicKey) -> UnsignedJWS {
        UnsignedJWS(payload: Array("{}".utf8), type: "vc+jwt", keyID: "k", key: key)
    }

    @Test func `a key in a token signs, many times at once, and never leaves it`() async throws {
        try token.makeKey("one")
        try token.makeKey("two")
        let signer = try TokenSigner(uri: token.uri("one"))
        let other = try TokenSigner(uri: token.uri("two"))
        #expect(signer.publicKey != other.publicKey)
        #expect(signer.publicKey == (try TokenSigner(uri: token.uri("one")).publicKey))
        try await withThrowingTaskGroup(of: JWS.self) { group in
            for number in 0..<64 {
                let signer = number % 2 == 0 ? signer : other
                group.addTask { try await signer.sign(unsigned(signer.publicKey)) }
            }
            for try await jws in group {
                let key = [signer, other].map(\.publicKey).first {
                    $0.verify(signature: jws.signature, message: jws.signingInput)
                }
                #expect(key != nil)
            }
        }
        let key = try PrivateKey.inToken(
            TokenURI(token.uri("one")), pin: Array(SoftToken.pin.utf8))
        #expect(throws: KeyError.self) { try key.pem(passphrase: nil) }
    }

    @Test func `another key, another token or an open PIN file gives a reason`() async throws {
        try token.makeKey("three")
        #expect(throws: KeyError.self) { try TokenSigner(uri: token.uri("none")) }
        #expect(throws: KeyError.self) {
            try TokenSigner(
                uri: token.uri("three").replacing("token=accredit-test", with: "token=other"))
        }
        try DurableFile.write(
            Array("\(SoftToken.pin)\n".utf8), to: token.pinFile, mode: 0o644, replacing: true)
        #expect(throws: StorageError.self) { try TokenSigner(uri: token.uri("three")) }
    }

    @Test func `an auditor signs credentials with a key in a token`() async throws {
        try token.makeKey("signing")
        let uri = token.uri("signing")
        let path = try world.configureAuditor(
            "a1", policy: "device-performance.json", port: try await freePort())
        let configuration = try AuditorConfiguration(path: path)
        let folder = KeyRingFolder(path: configuration.keyRingPath)
        let first = try #require(try folder.read().active)
        let key = try TokenSigner(uri: uri).publicKey
        try folder.edit { ring in
            _ = try ring.prepared(key, first.window, .token(uri), at: SystemClock.now())
            try ring.activate(key.thumbprint, at: SystemClock.now(), isAtOnce: true)
        }
        let auditor = try await AuditorServer.start(configuration, log: { _ in })
        let applicant = try TestApplicant(world)
        let application = try applicant.application()
        let answer = try await auditor.service.submit(application.jws.compact)
        let credential = try Credential(try #require(answer.credential))
        #expect(credential.keyID == "\(configuration.issuer)#\(key.thumbprint)")
        _ = try credential.jws.verify(key: key, type: "vc+jwt")
        await auditor.stop()
        await applicant.stop()
    }
}

/// A SoftHSM2 token in a folder of the test's own.
struct SoftToken {
    static let module = "/usr/lib/softhsm/libsofthsm2.so"
    static let pin = "648219"
    static let hint: Comment =
        "needs SoftHSM2: apt-get install softhsm2 libengine-pkcs11-openssl opensc"

    static let isInstalled =
        [module, "/usr/bin/softhsm2-util", "/usr/bin/pkcs11-tool"]
        .allSatisfy { FileManager.default.fileExists(atPath: $0) }
        && FileManager.default.fileExists(
            atPath: "/usr/lib/x86_64-linux-gnu/engines-3/pkcs11.so")

    /// SoftHSM2 reads its configuration and its slots once in a process, so there is one token.
    private static let label: String? = {
        let path = FileManager.default.temporaryDirectory.path + "/accredit-tokens-\(getpid())"
        let configuration = "\(path)/softhsm2.conf"
        do {
            try DurableFile.makeDirectory("\(path)/tokens")
            try DurableFile.write(
                Array("directories.tokendir = \(path)/tokens\n".utf8), to: configuration,
                replacing: true)
            unsafe setenv("SOFTHSM2_CONF", configuration, 1)
            try run(
                "/usr/bin/softhsm2-util",
                [
                    "--init-token", "--free", "--label", "accredit-test", "--pin", pin,
                    "--so-pin", "12345678",
                ])
        } catch {
            return nil
        }
        return "accredit-test"
    }()

    let label: String
    let pinFile: String

    init(folder: TemporaryFolder) throws {
        label = try #require(Self.label)
        pinFile = folder.file("pin")
        try DurableFile.write(
            Array("\(Self.pin)\n".utf8), to: pinFile, mode: 0o600, replacing: false)
    }

    func makeKey(_ name: String) throws {
        try Self.run(
            "/usr/bin/pkcs11-tool",
            [
                "--module", Self.module, "--token-label", label, "--login", "--pin", Self.pin,
                "--keypairgen", "--key-type", "EC:prime256v1", "--label", name, "--id",
                Hexadecimal.encode(SecureRandom.bytes(4)),
            ])
    }

    func uri(_ name: String) -> String {
        "pkcs11:token=\(label);object=\(name)?pin-source=file:\(pinFile)"
            + "&module-path=\(Self.module)"
    }

    private static func run(_ program: String, _ words: [String]) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = words
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "\(program) \(words)")
    }
}
