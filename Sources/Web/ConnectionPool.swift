/// Connections of clients that wait to be used again, on one event loop.
struct ConnectionPool {
    struct Key: Hashable, Sendable {
        let owner: UInt64
        let isSecure: Bool
        let address: SocketAddress
    }

    private struct Entry {
        let connection: Connection
        let since: Int64
    }

    private var entries: [Key: [Entry]] = [:]

    /// The connection used last, since the others may rest longer.
    mutating func take(_ key: Key) -> Connection? {
        guard let entry = entries[key]?.popLast() else { return nil }
        if entries[key]?.isEmpty == true { entries[key] = nil }
        return entry.connection
    }

    /// Keeps a connection; gives back the one that has to go when there are too many.
    mutating func put(_ connection: Connection, _ key: Key, now: Int64) -> Connection? {
        entries[key, default: []].append(Entry(connection: connection, since: now))
        guard let list = entries[key], list.count > Limits.idleConnectionsPerOrigin else {
            return nil
        }
        return entries[key]?.removeFirst().connection
    }

    /// Takes out what has waited too long, was closed by the other side, or belongs to `owner`.
    mutating func sweep(now: Int64, owner: UInt64? = nil) -> [Connection] {
        var removed: [Connection] = []
        for (key, list) in entries {
            let kept = list.filter { entry in
                let channel = entry.connection.channel
                let isFresh = now - entry.since < Limits.idleConnectionMilliseconds
                return isFresh && !channel.hasHungUp && !channel.isAborted && key.owner != owner
            }
            guard kept.count < list.count else { continue }
            removed += list.map(\.connection).filter { connection in
                !kept.contains { $0.connection === connection }
            }
            entries[key] = kept.isEmpty ? nil : kept
        }
        return removed
    }
}
