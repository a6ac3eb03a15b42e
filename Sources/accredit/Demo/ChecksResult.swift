import Encoding

/// One thing that has to hold, with everything that does not. A check that compared nothing has not
/// been made and does not hold.
struct DemoCheck: Sendable {
    struct Fault: Sendable, Equatable {
        /// What was looked at: a block, a node, a credential.
        let place: String
        let expected: String
        let found: String
    }

    /// A short stable name for programs.
    let name: String
    /// What holds, as a sentence.
    let claim: String
    private(set) var comparisonCount = 0
    private(set) var faults: [Fault] = []

    init(_ name: String, _ claim: String) {
        self.name = name
        self.claim = claim
    }

    var holds: Bool { comparisonCount > 0 && faults.isEmpty }

    mutating func expect<Value: Equatable>(
        _ found: Value, _ expected: Value, _ place: @autoclosure () -> String
    ) {
        expect(found == expected, place(), "\(expected)", "\(found)")
    }

    mutating func expect(
        _ isFulfilled: Bool, _ place: @autoclosure () -> String,
        _ expected: @autoclosure () -> String, _ found: @autoclosure () -> String
    ) {
        comparisonCount += 1
        guard !isFulfilled else { return }
        faults.append(Fault(place: place(), expected: expected(), found: found()))
    }

    /// Runs what throws when something cannot even be read or verified.
    mutating func expect(
        _ place: @autoclosure () -> String, _ body: (inout DemoCheck) throws -> Void
    ) {
        comparisonCount += 1
        do { try body(&self) } catch {
            faults.append(
                Fault(place: place(), expected: "it is read and verifies", found: "\(error)"))
        }
    }

    /// `{"name","ok","claim","compared","faults"?}`.
    var json: JSON {
        var object = JSONObject([
            ("name", JSON(name)), ("ok", JSON(holds)), ("claim", JSON(claim)),
            ("compared", JSON(comparisonCount)),
        ])
        if !faults.isEmpty {
            object["faults"] = .array(
                faults.map {
                    [
                        "place": JSON($0.place), "expected": JSON($0.expected),
                        "found": JSON($0.found),
                    ]
                })
        }
        return .object(object)
    }

    /// For people: why it does not hold; empty when it does.
    var explanation: [String] {
        if comparisonCount == 0 { return ["there was nothing to compare"] }
        return faults.map { "\($0.place): expected \($0.expected), found \($0.found)" }
    }
}
