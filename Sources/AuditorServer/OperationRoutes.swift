import Credentials
import Encoding
import Storage
import Web

/// Where operators give their orders. An order is believed for its signature; it may come over any
/// connection.
struct OperationRoutes: Sendable {
    let store: AuditorStore
    let issuer: String
    let network: String
    let operators: [String]
    let clock: @Sendable () -> Instant

    /// What may be ordered here, by name.
    static let acts: [(name: String, act: AuditorStore.Act)] = [
        ("credential.revoke", CredentialActs.revoke),
        ("credential.suspend", CredentialActs.suspend),
        ("credential.reinstate", CredentialActs.reinstate),
        ("refund.approve", RefundActs.approve),
        ("refund.hold", RefundActs.hold),
        ("refund.release", RefundActs.release),
        ("refund.retry", RefundActs.retry),
        ("incident.create", IncidentActs.create),
        ("incident.revoke", IncidentActs.revoke),
        ("incident.close", IncidentActs.close),
    ]

    func add(to router: inout Router) {
        router.on("GET", "/v1/operations", summary: "What operators may order") { _ in
            .json([
                "issuer": JSON(issuer), "network": JSON(network),
                "operations": .array(Self.acts.map { JSON($0.name) }),
            ])
        }
        router.on(
            "POST", "/v1/operations", summary: "An operator's signed order, carried out once",
            maximumBodyByteCount: Limits.operationBodyByteCountMaximum
        ) { try await carryOut($0) }
    }

    private func carryOut(_ request: Request) async throws -> Response {
        let token = try request.fields { fields throws(FormatError) in
            try fields.string(
                "operation", maximumByteCount: Limits.operationByteCountMaximum)
        }
        let now = clock()
        let operation: Operation
        do throws(CredentialError) {
            operation = try Operation.verify(
                token, operators: operators, network: network, issuer: issuer, at: now)
        } catch {
            throw Problem(ordering: error)
        }
        do {
            guard let act = Self.acts.first(where: { $0.name.hasSameBytes(as: operation.name) })
            else {
                throw OperationRefusal(.unknown, "there is no operation \(operation.name) here")
            }
            let answer = try await store.carryOut(operation, at: now, act.act)
            return .json([
                "id": JSON(operation.id), "operation": JSON(operation.name), "result": answer,
            ])
        } catch let error as OperationRefusal {
            throw Problem(error)
        } catch let error as FormatError {
            throw Problem(OperationRefusal(.arguments, error.detail))
        } catch let error as StorageError {
            throw Problem(
                type: "storage", title: "Cannot be recorded", status: 503, detail: error.detail,
                fix: "Nothing was done. Send the same order again later.")
        }
    }
}

extension Problem {
    fileprivate init(ordering error: CredentialError) {
        self.init(
            type: error.code.rawValue, title: "Order refused",
            status: error.code == .unknownOperator ? 403 : 422, detail: error.detail,
            fix: "Nothing was done. Correct what is named and sign a new order.")
    }

    fileprivate init(_ refusal: OperationRefusal) {
        let status =
            switch refusal.code {
            case .notFound: 404
            case .conflict: 409
            case .arguments, .unknown: 422
            }
        self.init(
            type: refusal.code.rawValue, title: "Order refused", status: status,
            detail: refusal.detail)
    }
}
