import Credentials
import Cryptography
import Encoding
import Foundation
import Storage
import TestSupport
import Testing
import Web

@testable import accredit

/// One way to each exit code, and the mapping from the errors of other targets.
@Suite struct CommandExitCodeTests {
    private let folder: CommandFolder

    init() throws { folder = try CommandFolder() }

    private func run(_ words: [String]) async throws -> CommandResult {
        try await BuiltCommand.run(words, environment: ["HOME": folder.path], folder: folder.path)
    }

    @Test func `each exit code is reached from the shell`() async throws {
        _ = try await run(["keys", "generate", "a", "--keys", "k", "--no-passphrase"])
        try folder.write("junk", "junk")
        let open = try folder.write("open.pem", try folder.read("k/a.pem"), mode: 0o644)
        try folder.write("set", try TestCandidacy().set.json.text)
        let nobody = ["--node", "http://127.0.0.1:1"]
        let cases: [([String], ExitCode)] = [
            (["keys", "list"], .ok),
            (["credential", "show", "junk"], .failure),
            (["keys", "lst"], .usage),
            (["status"] + nobody, .remote),
            (
                [
                    "credit", "sign", "--source", "s", "--account", Self.did, "--score", "1",
                    "--network", "n", "--key", open,
                ], .permission
            ),
            (["keys", "show", "nobody", "--keys", "k"], .notFound),
            (["credential", "verify", "junk", "--auditor-set", "set"], .verification),
            (["keys", "generate", "a", "--keys", "k", "--no-passphrase"], .conflict),
        ]
        for (words, code) in cases {
            let result = try await run(words)
            #expect(result.code == code.rawValue, "\(words): \(result.messages)")
            #expect(result.messages.isEmpty == (code == .ok))
            // A verification prints its checks, whatever they come to.
            let isPrinted = code == .ok || code == .verification
            #expect(result.output.isEmpty != isPrinted, "\(words)")
        }
    }

    private static let did = "did:key:zDnaerDaTF5BXEavCrfRZEk316dpbLsfPDZ3WJ5hRTPFU2169"

    @Test func `an interruption ends the command at once with 130`() async throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: BuiltCommand.path)
        // Standard input stays open, so the command waits for its end.
        process.arguments = ["credential", "show", "-"]
        process.environment = ["HOME": folder.path]
        let input = Pipe()
        process.standardInput = input
        process.standardError = FileHandle.nullDevice
        try process.run()
        let status = "/proc/\(process.processIdentifier)/status"
        try await eventually("the command takes signals itself") {
            try Self.blockedSignals(status) & 1 << UInt64(SIGINT - 1) != 0
        }
        process.interrupt()
        try await onThread { [process] in process.waitUntilExit() }
        #expect(process.terminationReason == .exit)
        #expect(process.terminationStatus == 130)
        try input.fileHandleForWriting.close()
    }

    /// The signals that a process does not take as the system would, from its status file.
    private static func blockedSignals(_ status: String) throws -> UInt64 {
        let text = try String(contentsOfFile: status, encoding: .utf8)
        let line = text.split(separator: "\n").first { $0.hasPrefix("SigBlk:") }
        return line.flatMap {
            UInt64($0.dropFirst(7).trimmingPrefix(while: \.isWhitespace), radix: 16)
        }
            ?? 0
    }

    @Test func `a reader that went away ends the command quietly`() async throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = [
            "-c", "set -o pipefail 2>/dev/null; '\(BuiltCommand.path)' --help | head -n 1",
        ]
        process.environment = ["HOME": folder.path, "PATH": "/usr/bin:/bin"]
        let messages = Pipe()
        process.standardOutput = FileHandle.nullDevice
        process.standardError = messages
        try process.run()
        try await onThread { [process] in process.waitUntilExit() }
        #expect(messages.fileHandleForReading.readDataToEndOfFile().isEmpty)
    }

    @Test(arguments: [
        (400, ExitCode.failure), (401, .permission), (403, .permission), (404, .notFound),
        (408, .remote), (409, .conflict), (410, .notFound), (413, .failure), (422, .failure),
        (429, .remote), (500, .remote), (503, .remote),
    ])
    func `a server's status decides the exit code`(status: Int, code: ExitCode) {
        let problem = Problem(
            type: "some-code", title: "Title", status: status, detail: "", fix: "do this")
        let failure = Failure(mapping: problem)
        #expect(failure.exit == code)
        #expect(failure.code == "some-code")
        #expect(failure.what == "Title")
        #expect(failure.fix == "do this")
    }

    @Test func `errors of other targets keep their detail and get a code`() {
        let cases: [(any Error, ExitCode, String)] = [
            (StorageError(.permission, "why"), .permission, "storage.permission"),
            (StorageError(.missing, "why"), .notFound, "storage.missing"),
            (StorageError(.locked, "why"), .conflict, "storage.locked"),
            (StorageError(.corrupt, "why"), .failure, "storage.corrupt"),
            (WebError(.timeout, "why"), .remote, "web.timeout"),
            (WebError(.portInUse, "why"), .conflict, "web.portInUse"),
            (WebError(.address, "why"), .usage, "web.address"),
            (KeyError(.passphrase, "why"), .permission, "key.passphrase"),
            (JWSError(.signature, "why"), .verification, "token.signature"),
            (JWSError(.malformed, "why"), .failure, "token.malformed"),
            (CredentialError(.expired, "why"), .verification, "credential.expired"),
            (CredentialError(.malformed, "why"), .failure, "credential.malformed"),
            (FormatError(.shape, "why"), .failure, "format.shape"),
        ]
        for (error, exit, code) in cases {
            let failure = Failure(mapping: error)
            #expect(failure.exit == exit, "\(code)")
            #expect(failure.code == code)
            #expect(failure.what == "why")
        }
        #expect(Failure(mapping: CancellationError()).exit == .interrupted)
    }
}
