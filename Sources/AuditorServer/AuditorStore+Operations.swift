import Credentials
import Cryptography
import Encoding
import Storage

/// What an act of an operator did.
struct OperationResult: Sendable {
    /// What the operator is told, now and when the same order comes again.
    let answer: JSON
    /// One for each thing done; none when everything was as ordered before.
    let entries: [AuditEntry]
}

/// Why an order is not carried out. Nothing is recorded then: it may be given again.
struct OperationRefusal: Error {
    enum Code: String {
        /// What it is about is not here.
        case notFound = "not-found"
        /// What it is about is in a state that does not allow it.
        case conflict
        /// Its arguments do not fit.
        case arguments
        /// This auditor carries out no such order.
        case unknown = "unknown-operation"
    }

    let code: Code
    let detail: String

    init(_ code: Code, _ detail: String) {
        self.code = code
        self.detail = detail
    }
}

/// Orders, each carried out once: the order, its act and the act's log entries are one transaction.
extension AuditorStore {
    static let operationMigration = """
        CREATE TABLE operations (
            jti TEXT PRIMARY KEY,
            digest TEXT NOT NULL,
            jws TEXT NOT NULL,
            author TEXT NOT NULL,
            name TEXT NOT NULL,
            answer TEXT NOT NULL,
            carriedOut INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        """

    typealias Act = @Sendable (Operation, Instant, Connection) throws -> OperationResult

    /// Carries an order out, or tells again what came of it.
    /// - Throws: `OperationRefusal`, after which nothing has changed; `StorageError`.
    func carryOut(
        _ operation: Operation, at now: Instant, _ act: @escaping Act
    ) async throws -> JSON {
        try await database.write { connection in
            if let answer = try Self.answer(to: operation, connection) { return answer }
            let result = try act(operation, now, connection)
            try connection.execute(
                "INSERT INTO operations VALUES (?, ?, ?, ?, ?, ?, ?)",
                [
                    .text(operation.id), .text(operation.jws.digest.text),
                    .text(operation.jws.compact), .text(operation.author), .text(operation.name),
                    .text(result.answer.text), .integer(now.milliseconds),
                ])
            try AuditLog.append(result.entries, connection)
            return result.answer
        }
    }

    /// The answer to an order that was carried out; nil for a new one.
    func answer(to operation: Operation) throws -> JSON? {
        try database.read { try Self.answer(to: operation, $0) }
    }

    private static func answer(
        to operation: Operation, _ connection: Connection
    ) throws -> JSON? {
        let known = try connection.first(
            "SELECT digest, answer FROM operations WHERE jti = ?", [.text(operation.id)]
        ) { (try Digest(hexadecimal: $0.text(0)), try JSON.parse($0.text(1))) }
        guard let known else { return nil }
        guard known.0 == operation.jws.digest else {
            throw OperationRefusal(
                .conflict, "another order has the jti \(operation.id). Sign a new one.")
        }
        return known.1
    }
}
