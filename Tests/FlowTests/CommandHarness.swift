import Foundation
import Synchronization
import TestSupport

@testable import accredit

/// What one run of the command printed and how it ended.
struct CommandResult: Sendable {
    let code: Int32
    let output: String
    let messages: String
}

/// The built binary, run as a child process without a terminal.
enum BuiltCommand {
    /// Beside the test bundle: `.build/<configuration>/accredit`.
    static var path: String {
        Bundle.allBundles.map(\.bundleURL).first { $0.pathExtension == "xctest" }
            .map { $0.deletingLastPathComponent().appendingPathComponent("accredit").path }
            ?? ".build/debug/accredit"
    }

    static func run(
        _ words: [String], environment: [String: String] = [:], input: String = "",
        folder: String? = nil
    ) async throws -> CommandResult {
        try await onThread {
            try wait(for: words, environment: environment, input: input, folder: folder)
        }
    }

    private static func wait(
        for words: [String], environment: [String: String], input: String, folder: String?
    ) throws -> CommandResult {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = words
        process.environment = environment
        if let folder { process.currentDirectoryURL = URL(fileURLWithPath: folder) }
        let output = Pipe()
        let messages = Pipe()
        let standardInput = Pipe()
        process.standardOutput = output
        process.standardError = messages
        process.standardInput = standardInput
        try process.run()
        standardInput.fileHandleForWriting.write(Data(input.utf8))
        try standardInput.fileHandleForWriting.close()
        // Results here are far below a pipe's buffer, so reading one after the other is safe.
        let printed = output.fileHandleForReading.readDataToEndOfFile()
        let told = messages.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return CommandResult(
            code: process.terminationStatus, output: String(decoding: printed, as: UTF8.self),
            messages: String(decoding: told, as: UTF8.self))
    }
}

/// The command inside this process, with sinks in place of the standard streams.
enum CommandInProcess {
    static func run(
        _ words: [String], environment: [String: String] = [:],
        table: [Command] = CommandTable.all
    ) async -> CommandResult {
        let sinks = Sinks()
        let console = Console(
            format: words.contains("json") ? .json : .table, isTerminal: false, usesColor: false,
            writeData: { bytes in sinks.data.withLock { $0 += bytes } },
            writeMessage: { bytes in sinks.messages.withLock { $0 += bytes } })
        let code = await Program.run(
            words, environment: environment, console: console, table: table)
        return CommandResult(
            code: code.rawValue,
            output: sinks.data.withLock { String(decoding: $0, as: UTF8.self) },
            messages: sinks.messages.withLock { String(decoding: $0, as: UTF8.self) })
    }

    private final class Sinks: Sendable {
        let data = Mutex<[UInt8]>([])
        let messages = Mutex<[UInt8]>([])
    }
}
