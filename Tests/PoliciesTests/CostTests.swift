import Encoding
import Policies
import Testing

/// What evaluations cost, by the rules of Kubernetes, and that the budget holds.
struct CostTests {
    @Test(.enabled(if: ConformanceCase.folder != nil))
    func `costs agree with the reference counted by another engine`() throws {
        let reference = try #require(
            ConformanceCase.parse("cel-cost-reference.json").objectValue)
        var agreeing = 0
        var differing: [String] = []
        for area in reference.members where !area.name.hasSuffix("_ext") && area.name != "optionals"
        {
            let cases = try ConformanceCase.all(area.name)
            for record in try #require(area.value.arrayValue) {
                let source = try #require(record["expr"]?.stringValue)
                // Strings are counted in octets here and in code points there.
                guard source.utf8.allSatisfy({ $0 < 0x80 }),
                    let cost = record["cost"]?.int64Value,
                    let test = cases.first(where: {
                        $0.source == source && $0.name == record["name"]?.stringValue
                    }), !test.isCheckOnly
                else { continue }
                let ours = try Expression.compile(source, test.environment)
                    .evaluate(test.bindings)
                if ours.cost == Int(cost) {
                    agreeing += 1
                } else {
                    differing.append("\(area.name): \(source): \(ours.cost), there \(cost)")
                }
            }
        }
        print("CEL costs: \(agreeing) agree, \(differing.count) differ")
        for line in differing { print("  \(line.prefix(200))") }
        // The other engine also counts a call whose operand erred, and drops pairs of `!`.
        #expect(agreeing > 50 * differing.count)
    }

    @Test func `work is paid for before it is done`() throws {
        let evaluation = try Expression.compile("a + a", variables: ["a"])
            .evaluate(["a": .string(Text(String(repeating: "x", count: 1000)))], budget: 150)
        #expect(evaluation.result.error?.code == .budget)
        #expect(evaluation.cost == 150)
    }

    @Test(arguments: [
        "l.map(a, l.map(b, l.map(c, l.map(d, a + b + c + d)))).size() > 0",
        "true || l.all(a, l.all(b, l.all(c, l.all(d, a >= 0))))",
        "l.exists(a, l.exists(b, l.exists(c, l.exists(d, a < 0)))) || true",
        "l.all(a, l.all(b, l.all(c, l.all(d, a >= 0)))) ? true : true",
    ])
    func `a budget that is spent is absorbed by nothing`(_ source: String) throws {
        let numbers = Value.list((0..<100).map { .int($0) })
        let evaluation = try Expression.compile(source, variables: ["l"])
            .evaluate(["l": numbers], budget: 10_000)
        if source.hasPrefix("true ||") {
            #expect(evaluation.cost == 0)
        } else {
            #expect(evaluation.result.error?.code == .budget)
            #expect(evaluation.cost == 10_000)
        }
    }

    @Test func `lists that double are stopped before they fill the memory`() throws {
        var source = "[1, 2, 3, 4, 5, 6, 7, 8]"
        for _ in 0..<30 { source = "[\(source)].map(x, x + x)[0]" }
        let evaluation = try Expression.compile(source).evaluate(budget: .max)
        #expect(evaluation.result.error?.code == .limit)
    }

    @Test func `strings that double are stopped before they fill the memory`() throws {
        var source = "'12345678'"
        for _ in 0..<30 { source = "[\(source)].map(x, x + x)[0]" }
        let evaluation = try Expression.compile(source).evaluate(budget: .max)
        #expect(evaluation.result.error?.code == .limit)
    }

    @Test func `values that share their parts cannot make a comparison explode`() throws {
        var source = "[1, 1]"
        for _ in 0..<25 { source = "[\(source)].map(x, [x, x])[0]" }
        let evaluation = try Expression.compile("[\(source)].all(x, x == x)")
            .evaluate(budget: 20_000)
        #expect(evaluation.result.error?.code == .budget)
    }
}
