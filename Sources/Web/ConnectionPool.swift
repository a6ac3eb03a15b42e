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
    /// Found closed by the other side when they were wanted.
    private var stale: [Connection] = []
    private var sweptAt: Int64 = .min / 2

    /// The connection used last, since the others may rest longer.
    mutating func take(_ key: Key) -> Connection? {
        while let connection = entries[key]?.popLast()?.connection {
            if entries[key]?.isEmpty == true { entries[key] = nil }
            if connection.channel.hasHungUp || connection.channel.isAborted {
                stale.append(connection)
            } else {
                return connection
            }
        }
        return nil
    }

    /// Keeps a connection; gives back the one that has to go when there are too many.
    mutating func put(_ connection: Connection, _ key: Key, now: Int64) -> Connection? {
        entries[key, default: []].append(Entry(connection: connection, since: now))
        guard let list = entries[key], list.count > Limits.idleConnectionsPerOrigin else {
            return nil
        }
        return entries[key]?.removeFirst().connection
    }

    /// Takes out what has waited too long or was closed by the other side, once in a while; and at
    /// once what belongs to `owner`.
    mutating func sweep(now: Int64, owner: UInt64? = nil) -> [Connection] {
        var removed = stale
        stale = []
        guard owner != nil || now - sweptAt >= Limits.sweepMilliseconds else { return removed }
        sweptAt = now
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
