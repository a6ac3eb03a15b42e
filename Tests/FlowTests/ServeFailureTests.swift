import Auditing
import AuditorServer
import Encoding
import Foundation
import Glibc
import Storage
import TestSupport
import Testing
import Web

@testable import accredit

/// Servers that cannot start say what is wrong, why and how to fix it, with the right exit code,
/// and leave what they found as it was.
@Suite struct ServeFailureTests {
    private let folder: TemporaryFolder
    private let network: DevelopmentNetwork

    init() async throws {
        folder = try TemporaryFolder()
        network = try await .forTest(in: folder, voterCount: 1)
        try network.write(at: SystemClock.now())
    }

    /// A server, what starts it, its private key and its database.
    struct Server: Sendable, CustomTestStringConvertible {
        let noun: String
        let configuration: String
        let key: String
        let database: String

        var testDescription: String { noun }
    }

    static let nouns = ["auditor", "aggregator", "node"]

    private func server(_ noun: String) throws -> Server {
        let place: String
        let key: String
        let database: String
        switch noun {
        case "auditor":
            place = network.auditors[0].place.folder
            let ring = try network.auditors[0].keyRing.read()
            guard case .file(let name)? = ring.active?.source else {
                throw Failure(.failure, "test", "the active key is in no file")
            }
            (key, database) = ("keys/\(name)", "auditor")
        case "aggregator":
            (place, key, database) = (network.aggregator.folder, "key.pem", "aggregator")
        default: (place, key, database) = (network.nodes[0].place.folder, "node.pem", "chain")
        }
        return Server(
            noun: noun, configuration: "\(place)/\(noun).json", key: "\(place)/\(key)",
            database: "\(place)/data/\(database).sqlite")
    }

    private func start(_ server: Server) async throws -> CommandResult {
        // Its input ends at once, so a server that does start stops again.
        try await BuiltCommand.run(
            [server.noun, "serve", "--config", server.configuration, "--stop-with-input"])
    }

    @Test(arguments: nouns)
    func `a good configuration starts and stops in order`(noun: String) async throws {
        let result = try await start(server(noun))
        #expect(result.code == 0, "\(result.messages)")
        #expect(result.messages.contains("listening on https://127.0.0.1:"))
    }

    @Test(arguments: nouns)
    func `a key that others can read is refused with the command that mends it`(
        noun: String
    ) async throws {
        let server = try server(noun)
        unsafe chmod(server.key, 0o644)
        let result = try await start(server)
        #expect(result.code == ExitCode.permission.rawValue, "\(result.messages)")
        #expect(result.messages.contains("chmod 600 \(server.key)"))
    }

    @Test(arguments: nouns)
    func `a missing key is named`(noun: String) async throws {
        let server = try server(noun)
        try FileManager.default.removeItem(atPath: server.key)
        let result = try await start(server)
        #expect(result.code == ExitCode.notFound.rawValue, "\(result.messages)")
        #expect(result.messages.contains(server.key))
    }

    @Test(arguments: nouns)
    func `a wrong passphrase is told as such`(noun: String) async throws {
        try DurableFile.write(
            Array("another\n".utf8), to: network.passphraseFile, mode: 0o600, replacing: true)
        let result = try await start(server(noun))
        #expect(result.code == ExitCode.permission.rawValue, "\(result.messages)")
        #expect(result.messages.contains("passphrase"))
    }

    @Test(arguments: nouns)
    func `a port in use is named`(noun: String) async throws {
        let server = try server(noun)
        let bytes = try DurableFile.read(server.configuration, maximumByteCount: 65_536)
        let listen = try #require(JSON.parse(bytes)["listen"]?.stringValue)
        let occupant = HTTPServer(router: Router(), address: try SocketAddress(listen))
        _ = try occupant.start()
        let result = try await start(server)
        #expect(result.code == ExitCode.conflict.rawValue, "\(result.messages)")
        #expect(result.messages.contains("in use"))
        withExtendedLifetime(occupant) {}
    }

    @Test(arguments: nouns)
    func `a damaged database is refused and left as it is`(noun: String) async throws {
        let server = try server(noun)
        #expect(try await start(server).code == 0)
        let damage = [UInt8](repeating: 0x5A, count: 8192)
        try DurableFile.write(damage, to: server.database, mode: 0o600, replacing: true)
        let result = try await start(server)
        #expect(result.code == ExitCode.failure.rawValue, "\(result.messages)")
        #expect(result.messages.contains("damaged"))
        #expect(
            try DurableFile.read(server.database, maximumByteCount: 1 << 20) == damage)
    }

    @Test(arguments: nouns)
    func `an unknown member of the configuration is named`(noun: String) async throws {
        let server = try server(noun)
        let bytes = try DurableFile.read(server.configuration, maximumByteCount: 65_536)
        var object = try #require(JSON.parse(bytes).objectValue)
        object["colour"] = "green"
        try DurableFile.write(
            JSON.object(object).bytes, to: server.configuration, replacing: true)
        let result = try await start(server)
        #expect(result.code != 0)
        #expect(result.messages.contains("\"colour\""), "\(result.messages)")
    }

    @Test func `a development network is refused any address but loopback`() async throws {
        let result = try await BuiltCommand.run(
            ["dev", "--listen", "0.0.0.0", "--data", folder.file("open")],
            folder: URL(fileURLWithPath: network.policyFolder).deletingLastPathComponent().path)
        #expect(result.code == ExitCode.usage.rawValue)
        #expect(result.messages.contains("this machine only"))
    }

    @Test func `an auditor can be the aggregator too`() async throws {
        let auditor = try server("auditor")
        let bytes = try DurableFile.read(auditor.configuration, maximumByteCount: 65_536)
        var object = try #require(JSON.parse(bytes).objectValue)
        object["aggregator"] = "../../aggregator/aggregator.json"
        try DurableFile.write(
            JSON.object(object).bytes, to: auditor.configuration, replacing: true)
        let result = try await start(auditor)
        #expect(result.code == 0, "\(result.messages)")
        #expect(result.messages.contains("its aggregator listens on \(network.aggregator.url)"))
    }
}
