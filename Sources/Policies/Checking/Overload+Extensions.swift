/// The types of the functions of the extensions.
extension OverloadTable {
    mutating func addStrings() {
        for name in ["contains", "startsWith", "endsWith", "matches"] {
            method(name, [.string, .string], .bool)
        }
        function("matches", [.string, .string], .bool)
        method("charAt", [.string, .int], .string)
        for name in ["indexOf", "lastIndexOf"] {
            method(name, [.string, .string], .int)
            method(name, [.string, .string, .int], .int)
        }
        method("join", [.list(.string)], .string)
        method("join", [.list(.string), .string], .string)
        for name in ["lowerAscii", "upperAscii", "reverse", "trim"] {
            method(name, [.string], .string)
        }
        method("replace", [.string, .string, .string], .string)
        method("replace", [.string, .string, .string, .int], .string)
        method("split", [.string, .string], .list(.string))
        method("split", [.string, .string, .int], .list(.string))
        method("substring", [.string, .int], .string)
        method("substring", [.string, .int, .int], .string)
        method("format", [.string, .list(.dyn)], .string)
        function("strings.quote", [.string], .string)
    }

    mutating func addMath() {
        for name in ["math.ceil", "math.floor", "math.round", "math.trunc"] {
            function(name, [.double], .double)
        }
        for name in ["math.isNaN", "math.isInf", "math.isFinite"] {
            function(name, [.double], .bool)
        }
        for type in Self.numbers {
            function("math.abs", [type], type)
            function("math.sign", [type], type)
            function("math.sqrt", [type], .double)
        }
        for type in [.int, .uint] as [CheckedType] {
            for name in ["math.bitAnd", "math.bitOr", "math.bitXor"] {
                function(name, [type, type], type)
            }
            function("math.bitNot", [type], type)
            function("math.bitShiftLeft", [type, .int], type)
            function("math.bitShiftRight", [type, .int], type)
        }
        // With more than two operands these take them as one list.
        for name in ["math.greatest", "math.least"] {
            for left in Self.numbers {
                function(name, [left], left)
                function(name, [.list(left)], left)
                for right in Self.numbers {
                    function(name, [left, right], left == right ? left : .dyn)
                }
            }
        }
    }

    mutating func addOptionals() {
        let a = Self.a
        function("optional.none", [], .optional(a))
        function("optional.of", [a], .optional(a))
        function("optional.ofNonZeroValue", [a], .optional(a))
        method("hasValue", [.optional(a)], .bool)
        method("value", [.optional(a)], a)
        method("or", [.optional(a), .optional(a)], .optional(a))
        method("orValue", [.optional(a), a], a)
        method("first", [.list(a)], .optional(a))
        method("last", [.list(a)], .optional(a))
        function("optional.unwrap", [.list(.optional(a))], .list(a))
        method("unwrapOpt", [.list(.optional(a))], .list(a))
    }

    mutating func addNetwork() {
        function("ip", [.string], .address)
        function("isIP", [.string], .bool)
        function("ip.isCanonical", [.string], .bool)
        function("cidr", [.string], .network)
        function("isCIDR", [.string], .bool)
        let tests = [
            "isUnspecified", "isLoopback", "isGlobalUnicast", "isLinkLocalMulticast",
            "isLinkLocalUnicast",
        ]
        for name in tests { method(name, [.address], .bool) }
        method("family", [.address], .int)
        method("containsIP", [.network, .address], .bool)
        method("containsIP", [.network, .string], .bool)
        method("containsCIDR", [.network, .network], .bool)
        method("containsCIDR", [.network, .string], .bool)
        method("ip", [.network], .address)
        method("masked", [.network], .network)
        method("prefixLength", [.network], .int)
    }
}
