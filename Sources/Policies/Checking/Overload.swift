/// One way to call a function: the types it takes and the type it gives.
package struct Overload: Sendable {
    package let parameters: [CheckedType]
    package let result: CheckedType
    /// Whether the first parameter stands before the dot.
    package let isMethod: Bool
    /// Whether a type parameter stands in it.
    let isGeneric: Bool

    package init(parameters: [CheckedType], result: CheckedType, isMethod: Bool = false) {
        self.parameters = parameters
        self.result = result
        self.isMethod = isMethod
        isGeneric = result.hasParameter || parameters.contains(where: \.hasParameter)
    }
}

/// The types of the operators and functions of the language.
struct OverloadTable: Sendable {
    private(set) var overloads: [String: [Overload]] = [:]

    static let standard: OverloadTable = {
        var table = OverloadTable()
        table.addOperators()
        table.addConversions()
        table.addStrings()
        table.addTime()
        table.addMath()
        table.addOptionals()
        table.addNetwork()
        return table
    }()

    mutating func function(_ name: String, _ parameters: [CheckedType], _ result: CheckedType) {
        overloads[name, default: []].append(Overload(parameters: parameters, result: result))
    }

    mutating func method(_ name: String, _ parameters: [CheckedType], _ result: CheckedType) {
        overloads[name, default: []].append(
            Overload(parameters: parameters, result: result, isMethod: true))
    }

    static let a = CheckedType.parameter("A")
    static let b = CheckedType.parameter("B")
    static let numbers: [CheckedType] = [.int, .uint, .double]

    private mutating func addOperators() {
        let (a, b) = (Self.a, Self.b)
        function("_?_:_", [.bool, a, a], a)
        function("!_", [.bool], .bool)
        function("-_", [.int], .int)
        function("-_", [.double], .double)
        function("_==_", [a, a], .bool)
        function("_!=_", [a, a], .bool)
        // A type still open takes the first overload that fits: numbers before the others.
        for name in ["_<_", "_<=_", "_>_", "_>=_"] {
            for type in Self.numbers { function(name, [type, type], .bool) }
            for left in Self.numbers {
                for right in Self.numbers where right != left {
                    function(name, [left, right], .bool)
                }
            }
            for type in [.bool, .string, .bytes, .timestamp, .duration] as [CheckedType] {
                function(name, [type, type], .bool)
            }
        }
        for name in ["_+_", "_-_", "_*_", "_/_"] {
            for type in Self.numbers { function(name, [type, type], type) }
        }
        function("_%_", [.int, .int], .int)
        function("_%_", [.uint, .uint], .uint)
        function("_+_", [.string, .string], .string)
        function("_+_", [.bytes, .bytes], .bytes)
        function("_+_", [.list(a), .list(a)], .list(a))
        function("_+_", [.duration, .duration], .duration)
        function("_+_", [.duration, .timestamp], .timestamp)
        function("_+_", [.timestamp, .duration], .timestamp)
        function("_-_", [.duration, .duration], .duration)
        function("_-_", [.timestamp, .duration], .timestamp)
        function("_-_", [.timestamp, .timestamp], .duration)
        function("_in_", [a, .list(a)], .bool)
        function("_in_", [a, .map(a, b)], .bool)
        function("_[_]", [.list(a), .int], a)
        function("_[_]", [.map(a, b), a], b)
        function("_[_]", [.optional(.list(a)), .int], .optional(a))
        function("_[_]", [.optional(.map(a, b)), a], .optional(b))
        function("_[?_]", [.list(a), .int], .optional(a))
        function("_[?_]", [.map(a, b), a], .optional(b))
        function("_[?_]", [.optional(.list(a)), .int], .optional(a))
        function("_[?_]", [.optional(.map(a, b)), a], .optional(b))
    }

    private mutating func addConversions() {
        let conversions: [(name: String, from: [CheckedType], to: CheckedType)] = [
            ("bool", [.bool, .string], .bool),
            ("bytes", [.bytes, .string], .bytes),
            ("double", [.double, .int, .uint, .string], .double),
            ("duration", [.duration, .string], .duration),
            ("int", [.int, .uint, .double, .string, .timestamp], .int),
            ("timestamp", [.timestamp, .int, .string], .timestamp),
            ("uint", [.uint, .int, .double, .string], .uint),
            (
                "string",
                [
                    .string, .bool, .bytes, .double, .duration, .int, .timestamp, .uint, .address,
                    .network,
                ], .string
            ),
        ]
        for conversion in conversions {
            for type in conversion.from { function(conversion.name, [type], conversion.to) }
        }
        function("dyn", [Self.a], .dyn)
        function("type", [Self.a], .type(Self.a))
        for type in [.string, .bytes, .list(Self.a), .map(Self.a, Self.b)] as [CheckedType] {
            function("size", [type], .int)
            method("size", [type], .int)
        }
        function("base64.encode", [.bytes], .string)
        function("base64.decode", [.string], .bytes)
    }

    private mutating func addTime() {
        let names = [
            "getFullYear", "getMonth", "getDate", "getDayOfMonth", "getDayOfYear", "getDayOfWeek",
            "getHours", "getMinutes", "getSeconds", "getMilliseconds",
        ]
        for name in names {
            method(name, [.timestamp], .int)
            method(name, [.timestamp, .string], .int)
        }
        for name in ["getHours", "getMinutes", "getSeconds", "getMilliseconds"] {
            method(name, [.duration], .int)
        }
    }
}
