package import Cryptography
package import Encoding

/// A change of the network's parameters that its representatives agreed on: the body of
/// `parameters.update`.
///
/// `{"replaces": 1, "parameters": {"electionInterval": 200}, "approvals": ["<JWS>", …]}`. It names
/// the version of the parameters that it replaces, so that it takes effect once, and no other time
/// than it was agreed on.
package struct ParametersUpdate: Sendable, Hashable {
    /// The version of the parameters that were in force when this was agreed on.
    package let replaces: UInt64
    /// The parameters that change, each as a whole.
    package let parameters: JSONObject
    /// `ParametersApproval` of each representative that agrees, compact.
    package let approvals: [String]

    package init(replaces: UInt64, parameters: JSONObject, approvals: [String]) {
        self.replaces = replaces
        self.parameters = parameters
        self.approvals = approvals
    }

    /// What representatives sign: SHA-256 of the changed parameters, in compact form.
    package var digest: Digest { Digest.sha256(JSON.object(parameters).bytes) }

    package var json: JSON {
        [
            "replaces": .number(JSONNumber(replaces)), "parameters": .object(parameters),
            "approvals": .array(approvals.map { .string($0) }),
        ]
    }

    /// - Throws: `shape`.
    package init(_ fields: inout Fields) throws {
        replaces = try fields.exactUnsigned("replaces")
        guard let parameters = try fields.json("parameters").objectValue,
            !parameters.members.isEmpty
        else {
            throw LedgerError(.shape, "parameters is an object of the parameters that change")
        }
        self.parameters = parameters
        var approvals: [String] = []
        for item in try fields.array("approvals", maximumCount: Limits.representativesMaximum) {
            guard let text = item.stringValue,
                text.utf8.count <= Limits.approvalByteCountMaximum
            else {
                throw LedgerError(
                    .shape,
                    "an approval is a compact JWS of at most "
                        + "\(Limits.approvalByteCountMaximum) bytes")
            }
            approvals.append(text)
        }
        self.approvals = approvals
    }
}

/// One representative's agreement to an update, signed with its node key: a JWS over
/// `{"network", "replaces", "parameters": "<digest>"}`, so that it can be made on a machine that
/// never sees the network.
package struct ParametersApproval: Sendable {
    /// The exact `typ` of the header.
    package static let jwsType = "parameters-approval+jwt"

    /// Who agrees.
    package let node: Identity
    package let jws: JWS

    private static func payload(_ update: ParametersUpdate, network: String) -> [UInt8] {
        JSON.object(
            JSONObject([
                ("network", .string(network)), ("replaces", .number(JSONNumber(update.replaces))),
                ("parameters", .string(update.digest.text)),
            ])
        ).bytes
    }

    /// Signs with a node key, whose did becomes the `kid`.
    package static func sign(
        _ update: ParametersUpdate, network: String, key: borrowing PrivateKey
    ) throws(JWSError) -> ParametersApproval {
        let jws = try JWS.sign(
            payload: payload(update, network: network), type: jwsType,
            keyID: key.publicKey.did, key: key)
        return ParametersApproval(node: Identity(key.publicKey), jws: jws)
    }

    private init(node: Identity, jws: JWS) {
        self.node = node
        self.jws = jws
    }

    /// Reads an approval and checks that it is one of this update, by the node it names.
    /// - Throws: `signature`, saying what does not fit.
    package init(
        _ compact: String, of update: ParametersUpdate, network: String
    ) throws(LedgerError) {
        do {
            jws = try JWS(compact, maximumByteCount: Limits.approvalByteCountMaximum)
            guard let keyID = jws.header.keyID else {
                throw LedgerError(.signature, "its kid has to be the did of a node")
            }
            node = try Identity(did: keyID)
            _ = try jws.verify(key: try PublicKey(did: keyID), type: Self.jwsType)
        } catch {
            throw LedgerError(.signature, "an approval cannot be read or verified: \(error)")
        }
        // Compared as bytes: one update has one payload.
        guard jws.payload == Self.payload(update, network: network) else {
            throw LedgerError(
                .signature,
                "the approval of \(node) is for another network, version or other parameters")
        }
    }
}
