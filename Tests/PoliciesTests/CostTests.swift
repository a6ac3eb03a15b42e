import Encoding
import Policies
import Testing

/// What evaluations cost, by the rules of Kubernetes, and that the budget holds.
struct CostTests {
    /// Why an area is counted otherwise here: what it is about has costs of its own there.
    private static let areas: [String: String] = [
        "block_ext": "the reference does not count what optimisers write",
        "encoders_ext": "octets are counted by tens, as Kubernetes does, not by the call",
        "string_ext": "octets are counted by tens, as Kubernetes does, not one by one",
        "optionals": """
        what is selected from an optional is an ordinary step here, one or two units more, and \
        the operand of optMap and optFlatMap is evaluated once, where the reference writes it \
        twice
        """,
    ]

    /// Why a case is counted otherwise here, by area, section and name.
    private static let cases: [String: String] = [
        "fields/map_fields/map_no_such_key_and_false": erredOperand,
        "fields/map_fields/map_field_select_no_such_key_or_true": erredOperand,
        "lists/index/index_out_of_bounds_or_true": erredOperand,
        "lists/index/index_out_of_bounds_and_false": erredOperand,
        "lists/index/bad_index_type_or_true": erredOperand,
        "lists/index/bad_index_type_and_false": erredOperand,
        "logic/AND/short_circuit_error_right": erredOperand,
        "logic/OR/short_circuit_error_right": erredOperand,
        "macros/all/list_elem_error_shortcircuit": erredOperand,
        "macros2/all/list_elem_type_exhaustive": erredOperand,
        "macros2/exists/map_key": "the reference visited the entries of the map in another order",
        "parse/nest/list_index": "an index into an index is one step there and two here",
        "parse/repeat/not": "the reference drops pairs of ! before it counts",
    ]
    private static let erredOperand =
        "the reference counts a call whose operand erred, here nothing is called then"

    @Test(.enabled(if: ConformanceCase.folder != nil))
    func `costs agree with the reference counted by another engine`() throws {
        let reference = try #require(
            ConformanceCase.parse("cel-cost-reference.json").objectValue)
        var agreeing = 0
        var differing: Set<String> = []
        for area in reference.members {
            let cases = try ConformanceCase.all(area.name)
            for record in try #require(area.value.arrayValue) {
                let source = try #require(record["expr"]?.stringValue)
                // Strings are counted in octets here and in code points there.
                guard source.utf8.allSatisfy({ $0 < 0x80 }),
                    let name = record["name"]?.stringValue, let cost = record["cost"]?.int64Value,
                    let section = record["section"]?.stringValue,
                    let test = cases.first(where: { $0.source == source && $0.name == name }),
                    !test.isCheckOnly
                else { continue }
                let ours = try Expression.compile(source, test.environment)
                    .evaluate(test.bindings).cost
                guard ours != Int(cost) else {
                    agreeing += 1
                    continue
                }
                let place = "\(area.name)/\(section)/\(name)"
                differing.insert(Self.areas[area.name] == nil ? place : area.name)
                #expect(
                    Self.areas[area.name] ?? Self.cases[place] != nil,
                    "\(place): \(source): \(ours), there \(cost)")
            }
        }
        print("CEL costs: \(agreeing) agree")
        #expect(differing == Set(Self.areas.keys).union(Self.cases.keys), "a reason without a case")
        #expect(agreeing > 900)
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

    @Test(arguments: [
        "l.map(a, l.map(b, l.map(c, l.map(d, [a, b, c, d]))))",
        "l.all(a, l.filter(b, l.exists_one(c, l.exists(d, d < 0)) || true) == l)",
        "l.transformList(n, a, l.transformMap(k, b, l.map(c, l.map(d, a + b)))).size() >= 0",
    ])
    func `a bomb of nested macros ends at the budget`(_ source: String) throws {
        let numbers = Value.list((0..<1_000).map { .int($0) })
        let evaluation = try Expression.compile(source, variables: ["l"]).evaluate(["l": numbers])
        #expect(evaluation.result.error?.code == .budget)
        #expect(evaluation.cost == 1_000_000)
    }

    @Test func `a pattern that is none is paid for each time it is read`() throws {
        let facts: [String: Value] = [
            "l": .list((0..<100).map { .int($0) }),
            "p": .string(Text(String(repeating: "\\pL", count: 300) + "(")),
        ]
        let evaluation = try Expression.compile("l.all(a, 'x'.matches(p))", variables: ["l", "p"])
            .evaluate(facts)
        #expect(evaluation.result.error?.code == .invalidArgument)
        #expect(evaluation.cost > 100 * 900 / 4)
    }

    @Test(arguments: [
        "l.map(a, l.map(b, s + s + s + s)).size() > 0",
        "[s + s].map(a, a + a)[0].size() > 0 && l.all(a, (s + s).contains('y') == false)",
        "l.map(a, l + l + l + l).size() > 0",
    ])
    func `a concatenation bomb ends at the budget`(_ source: String) throws {
        let facts: [String: Value] = [
            "l": .list((0..<20_000).map { .int($0) }),
            "s": .string(Text(String(repeating: "x", count: 5_000))),
        ]
        let evaluation = try Expression.compile(source, variables: ["l", "s"]).evaluate(facts)
        #expect(evaluation.result.error?.code == .budget)
        #expect(evaluation.cost == 1_000_000)
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
