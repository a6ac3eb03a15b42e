internal import Cryptography
internal import Encoding

extension Branch {
    /// The parameters that this block has got to so far. Those in force are `base.parameters`.
    private var latestParameters: Parameters {
        if case .parameters(let parameters) = self[.parameters] {
            parameters
        } else {
            base.parameters
        }
    }

    /// Writes new parameters, which are in force from the next block on.
    mutating func updateParameters(_ update: ParametersUpdate) throws(Refusal) {
        let current = latestParameters
        guard update.replaces == current.version else {
            throw Refusal(
                .parametersVersion,
                "the update replaces version \(update.replaces), the parameters have version "
                    + "\(current.version); propose it again over those")
        }
        try checkApprovals(of: update)
        let next: Parameters
        do { next = try current.updated(update.parameters) } catch {
            throw Refusal(.parametersInvalid, error.detail)
        }
        write(.parameters, .parameters(next))
    }

    /// As many of the representatives that decide this block have to agree as it takes to decide
    /// it. Nodes that are none of them do not count.
    private func checkApprovals(of update: ParametersUpdate) throws(Refusal) {
        let representatives = base.representatives(at: height)
        var agreeing: [Identity] = []
        var others: [Identity] = []
        for compact in update.approvals {
            let approval: ParametersApproval
            do {
                approval = try ParametersApproval(compact, of: update, network: base.network)
            } catch {
                throw Refusal(.approvalInvalid, error.detail)
            }
            if !representatives.contains(approval.node) {
                others.append(approval.node)
            } else if !agreeing.contains(approval.node) {
                agreeing.append(approval.node)
            }
        }
        let quorum = base.quorum(at: height)
        guard agreeing.count >= quorum else {
            let strangers = others.map(\.text).joined(separator: ", ")
            throw Refusal(
                .approvalsNotMet,
                "\(agreeing.count) of \(representatives.list.count) representatives agree, "
                    + "\(quorum) are needed"
                    + (others.isEmpty ? "" : "; no representatives are \(strangers)"))
        }
    }
}
