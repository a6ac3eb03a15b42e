import Ledger
import Storage
import Synchronization

/// Dropping blocks, a little in each write, so that no block waits long for its own.
extension BlockStore {
    /// Says that blocks below `base` are not here any more. What belongs to them is dropped by
    /// `sweep` after that.
    func drop(below base: UInt64) async throws {
        guard base > self.base else { return }
        try await database.write { connection in
            try connection.execute(
                "UPDATE kept SET base = ? WHERE base < ?",
                [.integer(Int64(clamping: base)), .integer(Int64(clamping: base))])
        }
        kept.store(base, ordering: .relaxed)
    }

    /// Drops transactions and roots of some of the blocks below the base.
    /// - Returns: whether there is more.
    func sweepBlocks() async throws -> Bool {
        try await database.write { connection in
            let place = try connection.first("SELECT swept, base FROM kept") {
                (swept: $0.int(0), base: $0.int(1))
            }
            guard let place, place.swept < place.base - 1 else { return false }
            var height = place.swept
            var count = 0
            while height < place.base - 1, height < place.swept + Limits.sweptBlocksMaximum,
                count < Limits.sweptTransactionsMaximum
            {
                count += try connection.execute(
                    "DELETE FROM transactions WHERE height = ?", [.integer(height)])
                try connection.execute("DELETE FROM roots WHERE height = ?", [.integer(height)])
                height += 1
            }
            // Of the block before the base nothing is kept that only it has.
            if height == place.base - 1 {
                try connection.execute(
                    "DELETE FROM transactions WHERE height = ?", [.integer(height)])
            }
            try connection.execute("UPDATE kept SET swept = ?", [.integer(height)])
            return height < place.base - 1
        }
    }

    /// Drops places of some of the transactions below the base.
    /// - Returns: whether there is more.
    func sweepPlaces() async throws -> Bool {
        try await database.write { connection in
            try TransactionLots.sweep(
                below: Int64(clamping: try Self.base(connection)), connection)
        }
    }

    /// Drops headers and certificates of some of the blocks below the base.
    /// - Parameters:
    ///   - begin: from here on they stay: evidence about these heights is taken, and for a
    ///     precommit that contradicts another one the certificate is the half that proves it.
    ///   - needed: heights whose headers elections and hand-overs are proven with.
    /// - Returns: whether there is more.
    func sweepHeaders(before begin: UInt64, keeping needed: Set<UInt64>) async throws -> Bool {
        try await database.write { connection in
            let place = try connection.first("SELECT sealed, swept FROM kept") {
                (sealed: $0.int(0), end: min($0.int(1), Int64(clamping: begin)))
            }
            // Not one with each block.
            guard let place, place.end - place.sealed >= Limits.sweptHeadersMinimum else {
                return false
            }
            let end = min(place.end, place.sealed + Limits.sweptBlocksMaximum)
            for height in place.sealed..<end where !needed.contains(UInt64(clamping: height)) {
                try connection.execute("DELETE FROM blocks WHERE height = ?", [.integer(height)])
            }
            try connection.execute("UPDATE kept SET sealed = ?", [.integer(end)])
            return place.end - end >= Limits.sweptHeadersMinimum
        }
    }

    /// Drops what was overtaken before the base: tallies of some candidates, from one number on.
    /// - Returns: the number to go on from; nil at the end.
    func sweepTallies(from number: Int64) async throws -> Int64? {
        let step = Limits.sweptCandidatesMaximum
        return try await database.write { connection in
            guard let base = try connection.first("SELECT base FROM kept", [], { $0.int(0) }),
                let count = try connection.first(
                    "SELECT count(*) FROM candidates", [], { $0.int(0) })
            else { return nil }
            let numbers: [SQLValue] = [
                .integer(number), .integer(number + step - 1), .integer(base - 1),
            ]
            try connection.execute(
                "DELETE FROM tallies WHERE number BETWEEN ? AND ? AND height < "
                    + "(SELECT max(newer.height) FROM tallies AS newer "
                    + "WHERE newer.number = tallies.number AND newer.height <= ?)", numbers)
            var level: Int64 = 4
            while count >> level > 0 {
                try connection.execute(
                    "DELETE FROM tally_nodes WHERE level = ? AND position BETWEEN ? AND ? "
                        + "AND height < (SELECT max(newer.height) FROM tally_nodes AS newer "
                        + "WHERE newer.level = tally_nodes.level "
                        + "AND newer.position = tally_nodes.position AND newer.height <= ?)",
                    [
                        .integer(level), .integer(number >> level),
                        .integer((number + step - 1) >> level), .integer(base - 1),
                    ])
                level += 4
            }
            return number + step < count ? number + step : nil
        }
    }
}
