import Encoding
import Web

/// Tells this gateway's listeners of each block, as long as there are any: asks a ledger node to
/// hold its answer until the next block is there.
struct BlockFollower: Sendable {
    let nodes: LedgerNodes
    let events: EventBroadcast

    /// Until the task is cancelled.
    func run() async {
        var height: UInt64?
        while !Task.isCancelled {
            guard events.listenerCount > 0 else {
                height = nil
                try? await nodes.transport.pause(milliseconds: Limits.listenersLookMilliseconds)
                continue
            }
            if let next = await newest(after: height) {
                height = next
            } else {
                try? await nodes.transport.pause(milliseconds: Limits.retryMilliseconds)
            }
        }
    }

    /// Publishes the newest block when it is later than `height`.
    /// - Returns: its height; nil when no node answers or there is none yet.
    private func newest(after height: UInt64?) async -> UInt64? {
        var target = "/v1/blocks?limit=1"
        var patience = 0
        if let height {
            patience = Limits.commitWaitMilliseconds
            target += "&after=\(height)&wait=\(patience)"
        }
        let answer = await nodes.firstAnswer(
            target, milliseconds: patience + Limits.ledgerAnswerMilliseconds)
        guard let answer, answer.status == 200,
            let block = (try? answer.json())?["blocks"]?[0],
            let found = block["height"]?.uint64Value
        else { return nil }
        if found != height {
            events.publish(
                id: found, name: "block",
                [
                    "height": JSON(found), "time": block["time"] ?? .null,
                    "block": block["id"] ?? .null, "transactions": block["transactions"] ?? .null,
                    "candidates": block["candidates"] ?? [],
                ])
        }
        return found
    }
}
