import Credentials
import Encoding
import Storage
import Synchronization

/// The auditor set that the aggregator goes by, read from its file again when that changes: an
/// auditor that rotates its key must not wait for a restart. Only later versions are taken, and
/// while the file holds none, the set before goes on.
final class AuditorSetFile: Sendable {
    private struct State: Sendable {
        var set: AuditorSet
        var tried: [UInt8]
    }

    private let path: String
    private let network: String
    private let log: @Sendable (JSON) -> Void
    private let state: Mutex<State>

    /// - Throws: `StorageError`, `FormatError` or `CredentialError` when there is no set of this
    ///   network in the file.
    init(path: String, network: String, log: @escaping @Sendable (JSON) -> Void) throws {
        self.path = path
        self.network = network
        self.log = log
        let bytes = try Self.read(path)
        state = Mutex(State(set: try Self.set(bytes, path, network), tried: bytes))
    }

    var set: AuditorSet { state.withLock { $0.set } }

    /// Takes the file's set when it is another one than at the last look.
    func poll() {
        guard let bytes = try? Self.read(path) else { return }
        state.withLock { state in
            guard bytes != state.tried else { return }
            state.tried = bytes
            do {
                let set = try Self.set(bytes, path, network)
                guard set.version > state.set.version else {
                    throw FormatError(
                        .shape, "version \(set.version) is not after \(state.set.version)")
                }
                state.set = set
                log(["event": "auditor-set-loaded", "version": JSON(set.version)])
            } catch {
                log([
                    "event": "auditor-set-refused", "cause": JSON("\(error)"),
                    "version": JSON(state.set.version),
                ])
            }
        }
    }

    private static func read(_ path: String) throws(StorageError) -> [UInt8] {
        try DurableFile.read(path, maximumByteCount: Limits.auditorSetByteCountMaximum)
    }

    private static func set(
        _ bytes: [UInt8], _ path: String, _ network: String
    ) throws -> AuditorSet {
        let set = try AuditorSet(json: JSON.parse(bytes))
        guard set.network.hasSameBytes(as: network) else {
            throw FormatError(
                .shape,
                "\(path) is for network \(set.network), not \(network). Name the set of this "
                    + "network.")
        }
        return set
    }
}
