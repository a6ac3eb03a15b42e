import Encoding
import Ledger
import Replication
import Storage
import Synchronization

/// The evidence that this node holds and the ledger does not have yet. It is kept in a file, so
/// that an offence seen before a restart is charged after it.
final class ChargeList: Sendable {
    private struct State: Sendable {
        var open: [Evidence] = []
        var isStored = true
    }

    private let path: String
    private let state: Mutex<State>

    /// - Parameter path: of the file; read when it is there.
    /// - Throws: `data` when it cannot be read.
    init(path: String) throws {
        self.path = path
        state = Mutex(State(open: try Self.read(path)))
    }

    private static func read(_ path: String) throws -> [Evidence] {
        do {
            let bytes = try DurableFile.read(
                path, maximumByteCount: Limits.chargesByteCountMaximum)
            return try (try JSON.parse(bytes).arrayValue ?? []).map { item in
                var fields = try Fields(item, "evidence")
                let evidence = try Evidence(&fields)
                try fields.end()
                return evidence
            }
        } catch let error as StorageError where error.code == .missing {
            return []
        } catch {
            throw NodeError(
                .data,
                "\(path), the evidence this node holds against others, cannot be read: \(error). "
                    + "Move it away: the offences in it are charged by the other nodes that saw "
                    + "them.")
        }
    }

    var open: [Evidence] { state.withLock { $0.open } }

    /// Takes one offence in, unless one of the same node and height is there.
    func add(_ evidence: Evidence) {
        state.withLock { state in
            guard state.open.count < Limits.chargesMaximum,
                !state.open.contains(where: { $0.isSameOffence(as: evidence) })
            else { return }
            state.open.append(evidence)
            state.isStored = false
        }
    }

    func remove(_ evidence: Evidence) {
        state.withLock { state in
            state.open.removeAll { $0.isSameOffence(as: evidence) }
            state.isStored = false
        }
    }

    /// Writes what changed since the last time.
    func store() throws(StorageError) {
        let changed = state.withLock { state -> [Evidence]? in
            guard !state.isStored else { return nil }
            state.isStored = true
            return state.open
        }
        guard let changed else { return }
        do {
            try DurableFile.write(
                JSON.array(changed.map(\.json)).bytes, to: path, mode: 0o600, replacing: true)
        } catch {
            state.withLock { $0.isStored = false }
            throw error
        }
    }
}
