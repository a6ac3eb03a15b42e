import Credentials
import Cryptography
import Encoding
import Storage
import Synchronization
import TestSupport
import Testing

@testable import AggregatorServer

@Suite struct AuditorSetFileTests {
    private let folder: TemporaryFolder
    private let path: String
    private let auditor: AuditorSet.Auditor

    init() throws {
        folder = try TemporaryFolder()
        path = folder.file("set.json")
        let key = try PrivateKey.generate(.es256).publicKey
        let window = Validity(
            from: Instant(seconds: 1_000_000_000), until: Instant(seconds: 2_000_000_000))
        auditor = AuditorSet.Auditor(
            issuer: "https://a.example", name: "a", operatorName: "a", account: key.did,
            keys: [AuditorSet.Key(key: key, window: window)])
    }

    private func write(version: Int64, network: String = "test-net") throws {
        let set = try AuditorSet(
            version: version, network: network, threshold: 1, operators: 1, auditors: [auditor])
        try DurableFile.write(set.json.bytes, to: path, replacing: true)
    }

    @Test func `a later set is taken over, and nothing else`() throws {
        let events = Mutex<[JSON]>([])
        try write(version: 3)
        let file = try AuditorSetFile(path: path, network: "test-net") { event in
            events.withLock { $0.append(event["event"] ?? .null) }
        }
        #expect(file.set.version == 3)
        file.poll()
        try write(version: 4)
        file.poll()
        #expect(file.set.version == 4)
        try write(version: 3)
        file.poll()
        try write(version: 9, network: "other-net")
        file.poll()
        try DurableFile.write(Array("{".utf8), to: path, replacing: true)
        file.poll()
        file.poll()
        #expect(file.set.version == 4)
        #expect(
            events.withLock { $0 } == [
                "auditor-set-loaded", "auditor-set-refused", "auditor-set-refused",
                "auditor-set-refused",
            ])
        #expect(throws: FormatError.self) {
            try write(version: 1, network: "other-net")
            _ = try AuditorSetFile(path: path, network: "test-net") { _ in }
        }
    }
}
