import Consensus
import Cryptography
import Encoding
import Ledger
import Synchronization
import Web

/// Answers the one who asked what was heard of a representative, once.
final class HeardReply: Sendable {
    private let continuation: Mutex<CheckedContinuation<[SignedMessage], Never>?>

    init(_ continuation: CheckedContinuation<[SignedMessage], Never>) {
        self.continuation = Mutex(continuation)
    }

    func answer(_ messages: [SignedMessage]) {
        let waiting = continuation.withLock { continuation in
            defer { continuation = nil }
            return continuation
        }
        waiting?.resume(returning: messages)
    }
}

extension NodeRoutes {
    func addHeard(_ router: inout Router) {
        router.on(
            "GET", "/v1/consensus/heard/{key}",
            summary: "Votes of a consensus key on the block under way, as far as they came here"
        ) { request in
            let key: PublicKey
            do {
                key = try PublicKey(
                    algorithm: .ed25519, bytes: try Base64URL.decode(request["key"]))
            } catch {
                throw Problem(
                    type: "key", title: "Not a consensus key", status: 400,
                    detail: "The key is the base64url form of 32 bytes.")
            }
            let messages = await services.inbox.heard(from: key)
            return .json([
                "messages": .array(messages.map { .string(Base64URL.encode($0.encoded())) })
            ])
        }
    }
}

/// Looks for own words that the record of signatures does not have.
struct OwnWords: Sendable {
    let services: NodeServices

    /// Asks those who decide the next block what they heard from this node's consensus key, and
    /// gives it to agreement, which signs nothing at this height when it does not know it.
    func look() async {
        let bytes = services.keys.consensus.publicKey.bytes
        let isDecider = services.chain.read { state in
            state.representatives(at: state.tip.height + 1).list.contains {
                $0.consensusKey == bytes
            }
        }
        guard isDecider else { return }
        let key = Base64URL.encode(bytes)
        await withTaskGroup(of: Void.self) { group in
            for source in services.deciderEndpoints {
                group.addTask { await ask(source, key) }
            }
        }
    }

    private func ask(_ source: String, _ key: String) async {
        do {
            let response = try await services.client.send(
                "GET", "\(source)/v1/consensus/heard/\(key)",
                deadlineMilliseconds: Limits.firstLookMilliseconds,
                maximumBodyByteCount: Limits.heardByteCountMaximum)
            guard response.status == 200 else { return }
            let limits = JSONLimits(byteCountMaximum: Limits.heardByteCountMaximum)
            let json = try response.json(limits: limits)
            for text in (json["messages"]?.arrayValue ?? []).prefix(Limits.ownWordsMaximum) {
                let bytes = try Base64URL.decode(text.stringValue ?? "")
                _ = services.inbox.offer(
                    try SignedMessage(decoding: bytes), byteCount: bytes.count)
            }
        } catch {
            // A peer that is down or talks nonsense knows nothing; the others are asked too.
        }
    }
}
