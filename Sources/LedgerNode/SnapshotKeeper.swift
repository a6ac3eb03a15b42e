import Cryptography
import Encoding
import Storage

/// Makes snapshots beside the running node, from moments of its store.
struct SnapshotKeeper: Sendable {
    let services: NodeServices

    /// Runs until the store is closed.
    func run() async {
        guard let interval = services.configuration.snapshotInterval else { return }
        services.store.pinMoments(every: interval)
        for await moment in services.store.moments {
            await make(moment)
            moment.end()
        }
    }

    /// On a thread of its own: it takes as long as there are records.
    // Inlined into another asynchronous function it may crash the optimizer of Swift 6.3.1.
    @inline(never)
    private func make(_ moment: PinnedRead) async {
        let services = services
        await withCheckedContinuation { continuation in
            do {
                try startThread {
                    Self.make(moment, services)
                    continuation.resume()
                }
            } catch {
                continuation.resume()
            }
        }
    }

    private static func make(_ moment: PinnedRead, _ services: NodeServices) {
        do {
            let made = try moment.read { try services.snapshots.make($0) }
            guard let made else { return }
            services.log.event(
                "snapshot-made",
                [
                    ("height", JSON(made.manifest.height)), ("id", .string(made.id.text)),
                    ("chunks", JSON(made.manifest.chunks.count)),
                    ("bytes", JSON(made.manifest.byteCount)),
                ])
        } catch {
            services.log.event("snapshot-failed", [("reason", .string("\(error)"))])
        }
    }
}
