import Encoding
import Synchronization

/// Public keys by their `did:key`, so that a key that signs often is decompressed once. Bounded: it
/// keeps the keys used since the last two times it filled up.
package final class KeyCache: Sendable {
    private struct Generations {
        var recent: [String: PublicKey] = [:]
        var older: [String: PublicKey] = [:]
    }

    private let generations = Mutex(Generations())
    private let generationCount: Int

    /// - Parameter capacity: how many keys it holds at most.
    package init(capacity: Int = Limits.cachedKeyCount) {
        generationCount = max(1, capacity / 2)
    }

    package func key(did: String) throws(KeyError) -> PublicKey {
        if let key = generations.withLock({ $0.recent[did] ?? $0.older[did] }) {
            // A dictionary takes canonically equivalent text for the same, a signature does not.
            if key.did.hasSameBytes(as: did) {
                remember(key)
                return key
            }
        }
        let key = try PublicKey(did: did)
        remember(key)
        return key
    }

    private func remember(_ key: PublicKey) {
        generations.withLock { generations in
            if generations.recent[key.did] != nil { return }
            if generations.recent.count >= generationCount {
                generations.older = generations.recent
                generations.recent = [:]
            }
            generations.recent[key.did] = key
        }
    }
}
