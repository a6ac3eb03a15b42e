import Consensus
import Encoding

extension TimeoutSchedule {
    /// The member `timeouts` of a genesis file's parameters: `{"propose", "prevote", "precommit",
    /// "delta", "cap", "rebroadcast"}` in milliseconds; members left out have the usual value.
    init(parameters json: JSON?) throws {
        guard let json else {
            self = .standard
            return
        }
        var fields = try Fields(json, "genesis.parameters.timeouts")
        func read(_ name: String, _ usual: UInt32) throws(FormatError) -> UInt32 {
            UInt32(try fields.optionalInt(name, in: 1...3_600_000) ?? Int(usual))
        }
        let usual = TimeoutSchedule.standard
        let schedule = try TimeoutSchedule(
            propose: try read("propose", usual.propose),
            prevote: try read("prevote", usual.prevote),
            precommit: try read("precommit", usual.precommit),
            delta: try read("delta", usual.delta), cap: try read("cap", usual.cap),
            rebroadcast: try read("rebroadcast", usual.rebroadcast))
        try fields.end()
        self = schedule
    }
}
