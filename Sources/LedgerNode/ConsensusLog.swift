import Consensus
import Storage

/// What this node hears and judges while a height is agreed on, in `data/consensus.log`: written
/// before it is acted on. A restart tells it to agreement again; a decided height's is dropped.
///
/// With each signature it is synchronised too, but no signature waits for that: the record of
/// signatures alone has all that keeps this node from contradicting itself, its lock and its
/// proposal among it, and is durable before a signature leaves. A second sync in a row would make
/// each signature take twice as long to save what peers say again within a second. The record says
/// how much of the log was on the disk by then, which tells damage from a torn end.
final class ConsensusLog: Sendable {
    /// What a start finds.
    struct Found: Sendable {
        /// Nil where nothing was logged.
        let logged: LoggedHeight?
        /// The height whose log is not what was synchronised with a signature. The node can not
        /// know what it had heard, and only watches until the height is over.
        let damagedHeight: UInt64?
    }

    let file: AppendLog

    /// Told of each entry that was written. Crash tests end the node there.
    private let passing: (@Sendable (String) -> Void)?

    private let synchroniser: LogSynchroniser

    private init(
        _ file: AppendLog, _ passing: (@Sendable (String) -> Void)?
    ) throws(StorageError) {
        self.file = file
        self.passing = passing
        synchroniser = try LogSynchroniser(file)
    }

    /// Opens the log, or begins it. A torn end, which a power loss leaves of what was not
    /// synchronised, is cut off.
    /// - Parameter record: what was signed last, with the log's length then.
    static func open(
        path: String, record: SigningStore.Kept?, passing: (@Sendable (String) -> Void)? = nil
    ) throws(StorageError) -> (log: ConsensusLog, found: Found) {
        let (file, contents) = try AppendLog.open(path: path)
        var entries: [LoggedInput] = []
        var soundByteCount = contents.soundByteCount
        do {
            for entry in contents.entries {
                entries.append(try LoggedInput(type: entry.type, payload: entry.payload))
            }
        } catch {
            // Whole, and yet not what this program writes.
            (entries, soundByteCount) = ([], 0)
        }
        let logged = LoggedHeight(entries)
        let log = try ConsensusLog(file, passing)
        if let record, record.record.height >= logged?.height ?? 0,
            soundByteCount < record.loggedByteCount || logged?.height != record.record.height,
            record.loggedByteCount > 0
        {
            return (log, Found(logged: nil, damagedHeight: record.record.height))
        }
        if soundByteCount < contents.byteCount { try file.truncate(to: soundByteCount) }
        return (log, Found(logged: logged, damagedHeight: nil))
    }

    /// Appends an entry; the beginning of a height drops what is there.
    /// - Returns: false when there is no room. Then the node goes on without: what it signed is
    ///   kept elsewhere, and peers say again what it would have read here.
    func append(_ entry: LoggedInput) throws(StorageError) -> Bool {
        do throws(StorageError) {
            if case .began = entry { try file.truncate(to: 0) }
            try file.append(AppendLog.Entry(type: entry.type, payload: entry.payload))
            passing?("ConsensusLog.append written")
            return true
        } catch {
            switch error.code {
            case .full, .limit: return false
            case _: throw error
            }
        }
    }

    /// Has everything appended so far brought to the disk, without waiting for it.
    func synchroniseSoon() { synchroniser.wish() }

    /// Ends what is under way, then closes the file.
    func close() {
        synchroniser.finish()
        file.close()
    }
}
