import Encoding
import Synchronization

/// Public keys by their `did:key`, so that a key that signs often is decompressed once. Bounded:
/// when it is full, a new key takes the place of one that was not asked for since the hand last
/// came by (the "clock" approximation of least recently used).
package final class KeyCache: Sendable {
    private struct Slot {
        var key: PublicKey
        var isUsed: Bool
    }

    private struct Clock {
        var slots: [Slot] = []
        /// Places in `slots`.
        var places: [String: Int] = [:]
        var hand = 0

        mutating func find(_ did: String) -> PublicKey? {
            guard let place = places[did] else { return nil }
            slots[place].isUsed = true
            return slots[place].key
        }

        /// - Returns: the key whose place it took.
        mutating func insert(_ key: PublicKey, capacity: Int) -> PublicKey? {
            if places[key.did] != nil { return nil }
            let slot = Slot(key: key, isUsed: false)
            if slots.count < capacity {
                places[key.did] = slots.count
                slots.append(slot)
                return nil
            }
            while slots[hand].isUsed {
                slots[hand].isUsed = false
                hand = (hand + 1) % capacity
            }
            let forgotten = slots[hand].key
            places[forgotten.did] = nil
            places[key.did] = hand
            slots[hand] = slot
            hand = (hand + 1) % capacity
            return forgotten
        }
    }

    private let clock = Mutex(Clock())
    private let capacity: Int

    /// - Parameter capacity: how many keys it holds at most.
    package init(capacity: Int = Limits.cachedKeyCount) {
        self.capacity = max(1, capacity)
    }

    /// The keys of these that it holds. Asked for one by one, as fast as signatures are verified,
    /// threads would wait for each other.
    package func known(_ dids: [String]) -> [PublicKey?] {
        let found = clock.withLock { clock in dids.map { clock.find($0) } }
        return zip(dids, found).map { did, key in
            key.flatMap { $0.did.hasSameBytes(as: did) ? $0 : nil }
        }
    }

    package func key(did: String) throws(KeyError) -> PublicKey {
        // A dictionary takes canonically equivalent text for the same, a signature does not.
        if let key = clock.withLock({ $0.find(did) }), key.did.hasSameBytes(as: did) { return key }
        let key = try PublicKey(did: did)
        keep(key)
        return key
    }

    /// An Ed25519 key by its 32 bytes: whether a point is of large order takes as long to find out
    /// as a signature does.
    package func key(ed25519 bytes: [UInt8]) throws(KeyError) -> PublicKey {
        let did = PublicKey.did(.ed25519, bytes)
        if let key = clock.withLock({ $0.find(did) }) { return key }
        let key = try PublicKey(algorithm: .ed25519, bytes: bytes)
        keep(key)
        return key
    }

    /// What is forgotten is freed when others may look again.
    private func keep(_ key: PublicKey) {
        _ = clock.withLock { $0.insert(key, capacity: capacity) }
    }
}
