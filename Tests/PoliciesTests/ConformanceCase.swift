import Encoding
import Foundation
import Policies
import Testing

/// One case of the CEL conformance suite, read from the folder that ACCREDIT_CONFORMANCE names.
struct ConformanceCase {
    let section: String
    let name: String
    let source: String
    let container: String
    let isUnchecked: Bool
    let expandsMacros: Bool
    let isCheckOnly: Bool
    let variables: [(name: String, type: CheckedType)]
    let functions: [String: [Overload]]
    let bindings: [String: Value]
    /// Nil when an error is expected.
    let expected: Value?
    let expectedType: CheckedType?

    static let folder = ProcessInfo.processInfo.environment["ACCREDIT_CONFORMANCE"]

    static func areas() throws -> [String] {
        guard let folder else { return [] }
        return try FileManager.default.contentsOfDirectory(atPath: folder + "/cel")
            .filter { $0.hasSuffix(".json") }
            .map { String($0.dropLast(".json".count)) }
            .sorted()
    }

    static func all(_ area: String) throws -> [ConformanceCase] {
        let json = try parse("cel/\(area).json")
        return try #require(json.arrayValue).map(ConformanceCase.init)
    }

    static func parse(_ name: String) throws -> JSON {
        let folder = try #require(folder)
        let bytes = try #require(FileManager.default.contents(atPath: "\(folder)/\(name)"))
        let limits = JSONLimits(byteCountMaximum: 16_777_216, valueCountMaximum: 1_000_000)
        return try JSON.parse(Array(bytes), limits: limits)
    }

    init(_ json: JSON) throws {
        section = try #require(json["section"]?.stringValue)
        name = try #require(json["name"]?.stringValue)
        source = try #require(json["expr"]?.stringValue)
        container = json["container"]?.stringValue ?? ""
        isUnchecked = json["disableCheck"]?.boolValue ?? false
        expandsMacros = !(json["disableMacros"]?.boolValue ?? false)
        isCheckOnly = json["checkOnly"]?.boolValue ?? false
        var variables: [(name: String, type: CheckedType)] = []
        var functions: [String: [Overload]] = [:]
        for declaration in json["typeEnv"]?.arrayValue ?? [] {
            let name = try #require(declaration["name"]?.stringValue)
            if let type = declaration["type"] { variables.append((name, try Self.type(type))) }
            for overload in declaration["overloads"]?.arrayValue ?? [] {
                let parameters = try #require(overload["params"]?.arrayValue).map(Self.type)
                functions[name, default: []].append(
                    Overload(
                        parameters: parameters, result: try Self.type(#require(overload["result"])),
                        isMethod: overload["instance"]?.boolValue ?? false))
            }
        }
        var bindings: [String: Value] = [:]
        for member in json["bindings"]?.objectValue?.members ?? [] {
            bindings[member.name] = try Self.value(member.value)
        }
        self.variables = variables
        self.functions = functions
        self.bindings = bindings
        expectedType = try json["expected"]?["typeOf"].map(Self.type)
        expected = try json["expected"]?["value"].map(Self.value)
    }

    /// What the case compiles in: with the checker, unless the case turns it off.
    var environment: Environment {
        guard isUnchecked else {
            return Environment(
                declaring: variables, functions: functions, container: container,
                expandsMacros: expandsMacros, zones: Self.zones)
        }
        return uncheckedEnvironment
    }

    /// The same without the checker, whatever the case says.
    var uncheckedEnvironment: Environment {
        let names = variables.map(\.name)
        let bound = bindings.keys.filter { !names.contains($0) }.sorted()
        return Environment(
            variables: names + bound, container: container, unknownNames: .fail,
            expandsMacros: expandsMacros, zones: Self.zones)
    }

    /// The system's zone data.
    static let zones = ZoneTable { name in
        FileManager.default.contents(atPath: "/usr/share/zoneinfo/" + name).map { Array($0) }
    }

    private static let simpleTypes: [String: CheckedType] = [
        "int": .int, "uint": .uint, "double": .double, "bool": .bool, "string": .string,
        "bytes": .bytes, "null_type": .null, "dyn": .dyn, "timestamp": .timestamp,
        "duration": .duration, "type": .type(.dyn),
    ]

    /// The type of `"int"`, `{"list": …}` and the like.
    static func type(_ json: JSON) throws -> CheckedType {
        if let name = json.stringValue { return try #require(simpleTypes[name]) }
        if let element = json["list"] { return .list(try type(element)) }
        if let parts = json["map"]?.arrayValue {
            return .map(try type(parts[0]), try type(parts[1]))
        }
        if let inner = json["type"] { return .type(try type(inner)) }
        if let name = json["typeParam"]?.stringValue { return .parameter(name) }
        let name = try #require(json["abstract"]?.stringValue)
        return .abstract(name, try (json["params"]?.arrayValue ?? []).map(type))
    }

    /// The value of `{"int": "5"}` and the like.
    static func value(_ json: JSON) throws -> Value {
        let member = try #require(json.objectValue?.members.first)
        let text = member.value.stringValue ?? ""
        switch member.name {
        case "null": return .null
        case "bool": return .bool(try #require(member.value.boolValue as Bool?))
        case "int": return .int(try #require(Int64(text)))
        case "uint": return .uint(try #require(UInt64(text)))
        case "double": return .double(try #require(Double(text)))
        case "string": return .string(Text(text))
        case "bytes": return .bytes(Array(try #require(Data(base64Encoded: text))))
        case "list": return .list(try #require(member.value.arrayValue).map(value))
        case "map":
            let entries = try #require(member.value.arrayValue)
            return .map(
                try MapValue.make(
                    keys: entries.map { try value(#require($0[0])) },
                    values: entries.map { try value(#require($0[1])) }))
        case "timestamp": return .timestamp(try Timestamp(rfc3339: Text(text)))
        case "duration":
            let evaluation = try Expression.compile("duration('\(text)')").evaluate()
            return try evaluation.result.get()
        case "type": return .type(try #require(TypeName(rawValue: text), "type \(text)"))
        default: throw UnknownKind(name: member.name)
        }
    }

    struct UnknownKind: Error {
        let name: String
    }
}

extension Value {
    /// The same kind and content; maps in any order, NaN like NaN, −0.0 like 0.0.
    func isSame(as other: Value) -> Bool {
        switch (self, other) {
        case (.null, .null): true
        case (.bool(let left), .bool(let right)): left == right
        case (.int(let left), .int(let right)): left == right
        case (.uint(let left), .uint(let right)): left == right
        case (.double(let left), .double(let right)):
            left == right || left.isNaN && right.isNaN
        case (.string(let left), .string(let right)): left == right
        case (.bytes(let left), .bytes(let right)): left == right
        case (.timestamp(let left), .timestamp(let right)): left == right
        case (.duration(let left), .duration(let right)): left == right
        case (.type(let left), .type(let right)): left == right
        case (.list(let left), .list(let right)):
            left.count == right.count && zip(left, right).allSatisfy { $0.isSame(as: $1) }
        case (.map(let left), .map(let right)):
            left.count == right.count
                && zip(left.keys, left.values).allSatisfy { key, value in
                    zip(right.keys, right.values).contains {
                        key.isSame(as: $0) && value.isSame(as: $1)
                    }
                }
        default: false
        }
    }
}
