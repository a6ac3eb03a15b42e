import Credentials
import Cryptography
import Storage
import Synchronization

/// Gives each credential a place in the status lists, at random, so that a place tells nothing of
/// when the credential was made. A place that was given and not used, because the auditor stopped
/// in between, is free again after the next start.
final class StatusPlaces: Sendable {
    private struct State {
        var shard: Int64
        var isTaken: [Bool]
        var count: Int

        init(shard: Int64) {
            self.shard = shard
            isTaken = [Bool](repeating: false, count: StatusBits.count)
            count = 0
        }
    }

    private let state: Mutex<State>

    init(_ store: AuditorStore) throws {
        let (shard, taken) = try store.lastStatusShard()
        var state = State(shard: shard)
        for place in taken {
            state.isTaken[Int(place.index)] = true
            state.count += 1
        }
        self.state = Mutex(state)
    }

    func next() -> StatusPlace {
        state.withLock { state in
            // A shard is left when it is full enough that looking for a free place takes long.
            if state.count * 4 >= StatusBits.count * 3 { state = State(shard: state.shard + 1) }
            var index: Int
            repeat {
                let bytes = SecureRandom.bytes(3)
                index = bytes.reduce(0) { $0 << 8 | Int($1) } % StatusBits.count
            } while state.isTaken[index]
            state.isTaken[index] = true
            state.count += 1
            return StatusPlace(shard: state.shard, index: Int64(index))
        }
    }

    /// The last shard there is.
    var shard: Int64 { state.withLock { $0.shard } }
}
