/// What a call is known by: its name, whether it has a receiver, and how many operands it has in
/// all.
struct Signature: Hashable, Sendable {
    let name: String
    let isMethod: Bool
    let count: Int

    init(_ name: String, isMethod: Bool, count: Int) {
        self.name = name
        self.isMethod = isMethod
        self.count = count
    }
}

/// A function of the language. Overloads by kind of operand are its own affair.
struct Function: Sendable {
    typealias One =
        @Sendable (Value, inout Meter) throws(EvaluationError) -> Value
    typealias Two =
        @Sendable (Value, Value, inout Meter) throws(EvaluationError) -> Value
    typealias Many =
        @Sendable ([Value], inout Meter) throws(EvaluationError) -> Value

    /// Answers by the calendar of a zone: what the zones named by constants are, and all others.
    typealias Zoned =
        @Sendable (Value, Value, Plan, inout Meter) throws(EvaluationError) -> Value

    enum Body: Sendable {
        case one(One)
        case two(Two)
        case any(Many)
        case zoned(Zoned)
    }

    let name: String
    let body: Body
    /// Whether a call costs one unit; otherwise the body charges what its operands are worth.
    let isFlat: Bool
}

/// The functions by signature. Every extension of the language adds its own part.
struct FunctionTable: Sendable {
    private(set) var functions: [Signature: Function] = [:]
    private var variadic: [String: Function] = [:]
    private var names: Set<String> = []
    private var globalNames: Set<String> = []

    static let standard: FunctionTable = {
        var table = FunctionTable()
        table.addConversions()
        table.addStrings()
        table.addStringExtensions()
        table.addTime()
        table.addFormat()
        table.addMath()
        table.addBits()
        table.addOptionals()
        table.addEncoders()
        table.addNetwork()
        return table
    }()

    mutating func add(
        _ name: String, isMethod: Bool, isFlat: Bool = true, _ body: @escaping Function.One
    ) {
        add(Signature(name, isMethod: isMethod, count: 1), .one(body), isFlat)
    }

    mutating func add(
        _ name: String, isMethod: Bool, isFlat: Bool = true, _ body: @escaping Function.Two
    ) {
        add(Signature(name, isMethod: isMethod, count: 2), .two(body), isFlat)
    }

    mutating func addZoned(_ name: String, _ body: @escaping Function.Zoned) {
        add(Signature(name, isMethod: true, count: 2), .zoned(body), true)
    }

    /// For each of several counts of operands.
    mutating func add(
        _ name: String, isMethod: Bool, counts: ClosedRange<Int>, isFlat: Bool = true,
        _ body: @escaping Function.Many
    ) {
        for count in counts {
            add(Signature(name, isMethod: isMethod, count: count), .any(body), isFlat)
        }
    }

    private mutating func add(_ signature: Signature, _ body: Function.Body, _ isFlat: Bool) {
        functions[signature] = Function(name: signature.name, body: body, isFlat: isFlat)
        names.insert(signature.name)
        if !signature.isMethod { globalNames.insert(signature.name) }
    }

    /// For one operand or more.
    mutating func addVariadic(_ name: String, _ body: @escaping Function.Many) {
        variadic[name] = Function(name: name, body: .any(body), isFlat: false)
        names.insert(name)
        globalNames.insert(name)
    }

    func function(_ signature: Signature) -> Function? {
        if let function = functions[signature] { return function }
        return signature.isMethod || signature.count == 0 ? nil : variadic[signature.name]
    }

    /// Whether there is a function of this full name that takes no receiver.
    func isGlobal(_ name: String) -> Bool { globalNames.contains(name) }

    /// Why there is no function of this signature.
    func refusal(of signature: Signature) -> String {
        guard names.contains(signature.name) else {
            return "there is no function '\(signature.name)'"
                + Advice.function(signature.name, among: names.sorted())
        }
        let other = Signature(
            signature.name, isMethod: !signature.isMethod, count: signature.count)
        if functions[other] != nil {
            return signature.isMethod
                ? "write \(signature.name)(x), not x.\(signature.name)()"
                : "write x.\(signature.name)(…), not \(signature.name)(x, …)"
        }
        return "'\(signature.name)' takes another number of arguments"
            + OverloadTable.standard.ways(signature.name)
    }
}
