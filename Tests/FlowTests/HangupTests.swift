import AuditorServer
import Cryptography
import Encoding
import Foundation
import Storage
import TestSupport
import Testing
import Web

@testable import accredit

/// A real SIGHUP to a real auditor process.
@Suite struct HangupTests {
    /// The events of the server's log, so far.
    private func events(_ log: String, _ name: String) throws -> Int {
        try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n")
            .filter { $0.contains("\"event\":\"\(name)\"") }.count
    }

    private func wait(_ what: Comment, until condition: () async throws -> Bool) async throws {
        for _ in 0..<1200 {
            if (try? await condition()) == true { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        Issue.record(what)
    }

    private static func policy(_ name: String) -> [UInt8] {
        let document: JSON = [
            "name": JSON(name), "version": "1", "validFor": "1h",
            "rules": [["id": "all", "expression": "true"]],
        ]
        return document.bytes
    }

    @Test func `a hang-up loads the policy; a broken file keeps the one before`() async throws {
        let world = try AuditWorld()
        let port = try await freePort()
        let path = try world.configureAuditor(
            "a1", policy: "device-performance.json", port: port)
        let policy = world.folder.file("a1/policy.json")
        let log = world.folder.file("log")
        try DurableFile.write(Self.policy("one"), to: policy, replacing: true)
        let child = try ChildProcess(
            name: "a1", program: BuiltCommand.path,
            arguments: ["auditor", "serve", "--config", path, "--stop-with-input"], logPath: log)
        let client = HTTPClient(trust: world.trust)
        let served = {
            try await client.send(
                "GET", "https://127.0.0.1:\(port)/v1/policies", deadlineMilliseconds: 60_000
            ).json()
        }
        try await wait("the server has to start") {
            try await served()["policies"]?[0]?["policy"] == "one@1"
        }
        // Nothing changed: without the signal there is no attempt, with it there is one.
        #expect(try events(log, "policies-loaded") == 0)
        child.signal(SIGHUP)
        try await wait("the signal has to load the policy") {
            try events(log, "policies-loaded") == 1
        }
        try await wait("the keys are loaded after it") {
            try events(log, "keys-loaded") == 1
        }

        try DurableFile.write(Array("{".utf8), to: policy, replacing: true)
        child.signal(SIGHUP)
        try await wait("the broken policy has to be refused") {
            try await served()["refused"]?["file"] == "policy.json"
        }
        #expect(try await served()["policies"]?[0]?["policy"] == "one@1")

        try DurableFile.write(Self.policy("two"), to: policy, replacing: true)
        child.signal(SIGHUP)
        try await wait("the good policy has to be in force") {
            try await served()["policies"]?[0]?["policy"] == "two@1"
        }
        #expect(try await served()["refused"] == nil)
        child.signal(SIGTERM)
        try await wait("the server has to end") { child.poll() != nil }
    }
}
