import Encoding
import Storage
import Synchronization
import Web

/// A server that listens, as the commands that run one see it.
protocol RunningServer: Sendable {
    /// Where it listens, as its users write it.
    var place: String { get }
    /// Stops taking requests, finishes what is under way and closes its store.
    func stop() async
    /// Reads again what may change while it runs; at SIGHUP.
    func reload() async
    /// Waits until the server cannot go on, and tells why; nil when there is nothing to tell.
    func failure() async -> (any Error)?
}

extension RunningServer {
    /// A server whose files are read at its start only.
    func reload() async {}

    /// A server that goes on as long as the process does.
    func failure() async -> (any Error)? {
        while (try? await Task.sleep(for: .seconds(86_400))) != nil {}
        return nil
    }
}

/// What every `… serve` does around its server: start, say so, wait for the end, stop in order.
enum ServerProcess {
    static let configuration = Option(
        name: "config", placeholder: "FILE", help: "the server's configuration", isPath: true)
    static let stopWithInput = Option.flag(
        "stop-with-input", "stop when standard input ends, so that a parent's end is noticed")
    static let options = [configuration, stopWithInput]

    static func run(
        _ noun: String, _ invocation: Invocation,
        start: (_ configurationPath: String) async throws -> any RunningServer
    ) async throws {
        let path = try invocation.required(configuration)
        let interrupted = Interruption.stream()
        let server = try await start(path)
        invocation.console.message("accredit \(noun): listening on \(server.place)")
        Interruption.onHangup { Task { await server.reload() } }
        let failure = await wait(
            for: server, interrupted, watchingInput: invocation.flag(stopWithInput))
        invocation.console.message("accredit \(noun): stopping")
        await server.stop()
        if let failure { throw failure }
    }

    /// Reads a server's configuration; what is wrong with it is told with the file's name.
    static func read<Configuration>(
        _ path: String, _ body: (String) throws -> Configuration
    ) throws -> Configuration {
        do { return try body(path) } catch let error as FormatError {
            let known = "\(path): "
            let detail = error.detail
            throw Failure.usage(
                "the configuration \(path) does not fit", code: "config.format",
                why: detail.hasPrefix(known) ? String(detail.dropFirst(known.count)) : detail,
                fix: "correct the file and start again; README says what stands in it")
        }
    }

    /// Writes each event as a line of its own, with the time, to standard error.
    static func log(_ invocation: Invocation) -> @Sendable (JSON) -> Void {
        let console = invocation.console
        return { event in
            var line = JSONObject([("time", JSON(SystemClock.now().rfc3339))])
            for member in event.objectValue?.members ?? [] { line[member.name] = member.value }
            console.message(JSON.object(line).text)
        }
    }

    /// Returns at the first sign of the end.
    /// - Returns: why the server ended by itself; nil when it was told to stop.
    private static func wait(
        for server: any RunningServer, _ interrupted: AsyncStream<Void>, watchingInput: Bool
    ) async -> (any Error)? {
        await withTaskGroup(of: (any Error)?.self) { group in
            group.addTask {
                for await _ in interrupted { return nil }
                return nil
            }
            if watchingInput {
                group.addTask {
                    for await _ in InputEnd.stream() { return nil }
                    return nil
                }
            }
            group.addTask { await server.failure() }
            let first = await group.next()
            group.cancelAll()
            return first ?? nil
        }
    }
}

extension Interruption {
    /// One element at the first interruption; the second one ends the process.
    static func stream() -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self)
        onFirst { continuation.yield() }
        return stream
    }
}
