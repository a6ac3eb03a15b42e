import Credentials
import Cryptography
import Encoding
import Ledger
import Web

/// One candidate with the credentials it stands on, and the search by any id.
extension NodeRoutes {
    func candidate(_ identity: Identity) throws -> Response {
        let (found, status, height) = services.chain.read { state in
            (state.candidate(identity), state.status(of: identity), state.tip.height)
        }
        guard let found, var members = found.json.objectValue else {
            throw Problem.notFound(
                "\(identity) never stood for election.",
                fix: "GET /v1/candidates lists those who stand now.")
        }
        members["status"] = .string(status.rawValue)
        members["height"] = JSON(height)
        if let (id, place, bundle) = try admission(of: found) {
            members["transaction"] = .string(id.text)
            members["admitted"] = JSON(place)
            members["credentials"] = .array(try bundle.credentials.map(Self.json))
        }
        return .json(.object(members))
    }

    /// The token, which anyone can verify, and beside it what it says.
    private static func json(_ credential: Credential) throws -> JSON {
        [
            "token": .string(credential.jws.compact),
            "claims": try JSON.parse(credential.jws.payload),
        ]
    }

    /// The transaction that put the node on the list, or renewed its place there.
    private func admission(
        of candidate: Candidate
    ) throws -> (id: Digest, height: UInt64, bundle: Bundle)? {
        let place = candidate.registered
        let newest = try services.explorer?.store.newestCandidacy(of: candidate.node.text)
        let (height, index) =
            newest.map { ($0.height, $0.position) } ?? (place.height, Int(clamping: place.index))
        guard let block = try services.store.block(height),
            block.transactions.indices.contains(index)
        else { return nil }
        let transaction = try Transaction(compact: block.transactions[index])
        let body = transaction.body.json
        let entries = (body["candidates"]?.arrayValue ?? []) + [body]
        let entry = entries.first {
            $0["node"]?.stringValue?.hasSameBytes(as: candidate.node.text) ?? false
        }
        guard let compact = entry?["bundle"]?.stringValue else { return nil }
        return (transaction.id, height, try Bundle(compact))
    }

    // MARK: Search

    func search(_ request: Request) throws -> JSON {
        let text = request.query("q") ?? ""
        guard text.utf8.count <= Limits.searchByteCountMaximum else {
            throw Problem.badRequest(
                "What is searched for has at most \(Limits.searchByteCountMaximum) bytes.")
        }
        var found: [(kind: String, id: String, path: String)] = []
        if let height = UInt64(text), height > 0, height <= services.chain.tip.height {
            found.append(("block", "\(height)", "/blocks/\(height)"))
        }
        if let digest = try? Digest(hexadecimal: text) { found += try named(digest) }
        if let identity = try? Identity(did: text) { found += try named(identity) }
        let isAuditor = services.chain.read { $0.auditorSet.auditor(text) != nil }
        if isAuditor { found.append(("auditor", text, "/auditors")) }
        return [
            "q": .string(text),
            "found": .array(
                found.map {
                    [
                        "kind": .string($0.kind), "id": .string($0.id), "path": .string($0.path),
                    ]
                }),
        ]
    }

    private func named(_ digest: Digest) throws -> [(kind: String, id: String, path: String)] {
        var found: [(kind: String, id: String, path: String)] = []
        if let height = try services.explorer?.store.height(ofBlock: digest) {
            found.append(("block", "\(height)", "/blocks/\(height)"))
        }
        let isWaiting = services.mempool.contains(digest)
        if try isWaiting || services.store.transaction(digest) != nil {
            found.append(("transaction", digest.text, "/transactions/\(digest.text)"))
        }
        let (isDeposit, applicant) = try services.chain.readRecords { state in
            (
                state.deposit(digest) != nil,
                state.candidates.first { $0.application == digest }?.node.text
            )
        }
        if isDeposit { found.append(("deposit", digest.text, "/deposits/\(digest.text)")) }
        if let applicant { found.append(("candidate", applicant, "/candidates/\(applicant)")) }
        return found
    }

    private func named(_ identity: Identity) throws -> [(kind: String, id: String, path: String)] {
        let (isCandidate, hasAccount) = try services.chain.readRecords { state in
            (state.candidate(identity) != nil, state.account(identity) != nil)
        }
        var found: [(kind: String, id: String, path: String)] = []
        if isCandidate {
            found.append(("candidate", identity.text, "/candidates/\(identity.text)"))
        }
        if hasAccount { found.append(("account", identity.text, "/accounts/\(identity.text)")) }
        return found
    }
}
