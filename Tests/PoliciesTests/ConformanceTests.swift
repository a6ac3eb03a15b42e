import Encoding
import Policies
import Testing

/// The CEL conformance suite. Every area is run; the areas of the language itself have to pass but
/// for the named features.
@Suite(.enabled(if: ConformanceCase.folder != nil))
struct ConformanceTests {
    static let requiredAreas = [
        "basic", "bindings_ext", "block_ext", "comparisons", "conversions", "encoders_ext",
        "fields", "fp_math", "integer_math", "lists", "logic", "macros", "macros2", "math_ext",
        "namespace", "network_ext", "optionals", "parse", "plumbing", "string", "string_ext",
        "timestamps",
    ]

    enum Outcome {
        case passed
        /// Refused as a feature this evaluator does not offer, by what the evaluator itself says.
        case unsupported
        case failed(String)
    }

    static func run(_ test: ConformanceCase) -> Outcome {
        // With the checker on, an unknown name does not compile. Both ways it is an error.
        let environment = Environment(
            variables: test.variables, container: test.container,
            unknownNames: test.isUnchecked ? .fail : .refuse, expandsMacros: test.expandsMacros)
        let result: Result<Value, EvaluationError>
        do {
            result = try Expression.compile(test.source, environment)
                .evaluate(test.bindings).result
        } catch {
            return test.expected == nil ? .passed : .failed("\(error)")
        }
        switch (result, test.expected) {
        case (.failure(let error), _) where error.code == .unsupported: return .unsupported
        case (.failure, nil): return .passed
        case (.success(let value), let expected?) where value.isSame(as: expected): return .passed
        default: return .failed("\(result), expected \(String(describing: test.expected))")
        }
    }

    @Test func `every area of the suite is run and the language itself conforms`() throws {
        for area in try ConformanceCase.areas() {
            var passed = 0
            var unsupported: [String: Int] = [:]
            var failures: [String] = []
            var total = 0
            for json in try #require(ConformanceCase.parse("cel/\(area).json").arrayValue) {
                total += 1
                guard let test = try? ConformanceCase(json) else {
                    unsupported["kinds of values of extensions", default: 0] += 1
                    continue
                }
                if test.isCheckOnly || test.declaresFunctions {
                    unsupported["the type checker", default: 0] += 1
                    continue
                }
                switch Self.run(test) {
                case .passed: passed += 1
                case .unsupported: unsupported["named time zones", default: 0] += 1
                case .failed(let why):
                    failures.append("\(area)/\(test.section)/\(test.name): \(test.source): \(why)")
                }
            }
            let features = unsupported.map { "\($0.key) \($0.value)" }.sorted()
            print("CEL \(area): \(passed) of \(total) \(features.joined(separator: ", "))")
            if Self.requiredAreas.contains(area) {
                #expect(failures == [])
            } else if !failures.isEmpty {
                print("  failed: \(failures.count)")
            }
        }
    }
}
