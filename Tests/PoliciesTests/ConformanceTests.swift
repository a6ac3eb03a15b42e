import Encoding
import Policies
import Testing

/// The CEL conformance suite, all of it.
@Suite(.enabled(if: ConformanceCase.folder != nil))
struct ConformanceTests {
    /// Why a case fails; nil when it passes.
    static func failure(of test: ConformanceCase) -> String? {
        let result: Result<Value, EvaluationError>
        do {
            let expression = try Expression.compile(test.source, test.environment)
            if let expected = test.expectedType, expression.type != expected {
                return "the type \(String(describing: expression.type)), expected \(expected)"
            }
            if test.isCheckOnly { return nil }
            result = expression.evaluate(test.bindings).result
        } catch {
            let expectsError = test.expected == nil && test.expectedType == nil
            return expectsError ? nil : "\(error)"
        }
        switch (result, test.expected) {
        // What is refused as a feature is no error of the expression.
        case (.failure(let error), nil) where error.code != .unsupported: return nil
        case (.success(let value), let expected?) where value.isSame(as: expected): return nil
        default: return "\(result), expected \(String(describing: test.expected))"
        }
    }

    @Test func `every case of every area passes`() throws {
        var totals = (passed: 0, all: 0)
        for area in try ConformanceCase.areas() {
            var passed = 0
            var failures: [String] = []
            var values = (passed: 0, all: 0)
            let cases = try ConformanceCase.all(area)
            for test in cases {
                let failure = Self.failure(of: test)
                if test.expected != nil {
                    values.all += 1
                    values.passed += failure == nil ? 1 : 0
                }
                if let failure {
                    failures.append(
                        "\(area)/\(test.section)/\(test.name): \(test.source): \(failure)")
                } else {
                    passed += 1
                }
            }
            print(
                "CEL \(area): \(passed) of \(cases.count), values \(values.passed) of \(values.all)"
            )
            #expect(failures == [])
            totals.passed += passed
            totals.all += cases.count
        }
        print("CEL in all: \(totals.passed) of \(totals.all)")
        #expect(totals.passed == totals.all && totals.all > 0)
    }

    @Test func `without the checker every value is the same`() throws {
        for area in try ConformanceCase.areas() {
            for test in try ConformanceCase.all(area) where !test.isUnchecked {
                guard let expected = test.expected, test.functions.isEmpty else { continue }
                let value = try? Expression.compile(test.source, test.uncheckedEnvironment)
                    .evaluate(test.bindings).result.get()
                #expect(value?.isSame(as: expected) == true, "\(area)/\(test.name): \(test.source)")
            }
        }
    }
}
