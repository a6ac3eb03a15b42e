import Consensus

/// One thing that reaches a participant.
enum Delivery: Hashable {
    case timeout(Timeout.Kind)
    /// The host has built this value.
    case built(Int)
    /// What a place says; `proof` are those whose prevotes come along with a proposal made again.
    case said(by: Int, statement: Int, proof: Places)
    case proofOfLock(round: Int, value: Int, by: Places)
    case decision(round: Int, value: Int, by: Places)
}

/// What reaches a participant at once, in this order.
struct Move: Hashable {
    let deliveries: [Delivery]

    init(_ deliveries: [Delivery]) { self.deliveries = deliveries }
}

extension Universe {
    /// A move in words, for a counterexample.
    func text(_ move: Move) -> String {
        move.deliveries.map { text($0) }.joined(separator: ", then ")
    }

    private func text(_ delivery: Delivery) -> String {
        switch delivery {
        case .timeout(let kind): return "its \(kind) timeout fires"
        case .built(let value): return "it builds \(name(value))"
        case .said(let place, let statement, _):
            return "hears place \(place) \(text(statements[statement]))"
        case .proofOfLock(let round, let value, let places):
            return "hears proof of lock for \(name(value)) in round \(round) by \(places.list)"
        case .decision(let round, let value, let places):
            return "hears the certificate for \(name(value)) in round \(round) by \(places.list)"
        }
    }

    private func text(_ statement: Statement) -> String {
        switch statement {
        case .vote(let kind, let round, let choice):
            return "\(kind.name) \(name(choice)) in round \(round)"
        case .proposal(let round, let value, let validRound):
            let again = validRound.map { " again, with proof of lock from round \($0)" } ?? ""
            return "propose \(name(value)) in round \(round)\(again)"
        }
    }

    func name(_ choice: Int) -> String {
        choice == scenario.nilChoice
            ? "nil" : String(decoding: values[choice].bytes, as: UTF8.self)
    }
}
