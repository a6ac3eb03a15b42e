import Encoding
import Policies

#if canImport(FoundationEssentials)
    import FoundationEssentials
#endif

/// Answers questions about expressions and patterns, one JSON object a line, so that another
/// engine can be asked the same.
///
/// - `{"environment": name, "isChecked": bool, "variables": [{"name", "type", "value"}]}` declares
///   what expressions are asked in; it has no answer.
/// - `{"in": name, "expression": text}` is answered by `{"value", "type"}`, by `{"refused": why}`
///   when it does not compile, or by `{"error": code, "detail"}`.
/// - `{"pattern": text, "texts": [text]}` is answered by `{"matches": [bool]}` or the same errors.
struct Answering {
    private struct Setting {
        let environment: Environment
        let bindings: [String: Value]
    }

    private var settings: [String: Setting] = [:]
    private let patterns = Environment(variables: ["text", "pattern"])

    /// Enough for whatever a generator makes, so that no answer depends on cost.
    private static let budget = 1_000_000_000

    struct Unknown: Error {
        let question: String
    }

    mutating func answer(_ line: String) throws -> JSON? {
        let limits = JSONLimits(byteCountMaximum: 16_777_216, valueCountMaximum: 1_000_000)
        let question = try JSON.parse(line, limits: limits)
        if let name = question["environment"]?.stringValue {
            settings[name] = try setting(question)
            return nil
        }
        if let name = question["in"]?.stringValue, let setting = settings[name],
            let source = question["expression"]?.stringValue
        {
            return Self.answer(source, setting.environment, setting.bindings)
        }
        if let pattern = question["pattern"]?.stringValue,
            let texts = question["texts"]?.arrayValue
        {
            return try matches(pattern, texts.compactMap(\.stringValue))
        }
        throw Unknown(question: line)
    }

    private func setting(_ question: JSON) throws -> Setting {
        var variables: [(name: String, type: CheckedType)] = []
        var bindings: [String: Value] = [:]
        for variable in question["variables"]?.arrayValue ?? [] {
            guard let name = variable["name"]?.stringValue, let type = variable["type"],
                let value = variable["value"]
            else { throw ValueForm.Malformed(json: variable) }
            variables.append((name, try ValueForm.type(type)))
            bindings[name] = try ValueForm.value(value)
        }
        let zones = ZoneTable { name in
            FileManager.default.contents(atPath: "/usr/share/zoneinfo/" + name).map { Array($0) }
        }
        let environment =
            question["isChecked"]?.boolValue == true
            ? Environment(declaring: variables, zones: zones)
            : Environment(variables: variables.map(\.name), unknownNames: .fail, zones: zones)
        return Setting(environment: environment, bindings: bindings)
    }

    private static func answer(
        _ source: String, _ environment: Environment, _ bindings: [String: Value]
    ) -> JSON {
        do throws(ExpressionError) {
            let expression = try Expression.compile(source, environment)
            switch expression.evaluate(bindings, budget: budget).result {
            case .success(let value):
                return [
                    "value": ValueForm.json(value),
                    "type": .string(expression.type.map(ValueForm.text) ?? ""),
                ]
            case .failure(let error):
                return ["error": .string(error.code.rawValue), "detail": .string(error.detail)]
            }
        } catch {
            return ["refused": .string(error.detail)]
        }
    }

    private func matches(_ pattern: String, _ texts: [String]) throws -> JSON {
        let expression = try Expression.compile("text.matches(pattern)", patterns)
        var answers: [JSON] = []
        for text in texts {
            let bindings: [String: Value] = [
                "text": .string(Text(text)), "pattern": .string(Text(pattern)),
            ]
            switch expression.evaluate(bindings, budget: Self.budget).result {
            case .success(let value): answers.append(.bool(value.isTrue))
            case .failure(let error):
                return ["error": .string(error.code.rawValue), "detail": .string(error.detail)]
            }
        }
        return ["matches": .array(answers)]
    }
}

extension Value {
    fileprivate var isTrue: Bool { if case .bool(true) = self { true } else { false } }
}
