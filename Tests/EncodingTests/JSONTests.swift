import Encoding
import TestSupport
import Testing

struct JSONTests {
    @Test func `members keep their order and numbers their text`() throws {
        let text = #"{"b":1.50,"a":[1e3,-0,12345678901234567890],"é":"\u2028\/","":null}"#
        let value = try JSON.parse(text)
        #expect(
            value.text
                == #"{"b":1.50,"a":[1e3,-0,12345678901234567890],"é":""# + "\u{2028}"
                + #"/","":null}"#)
        #expect(value["b"]?.int64Value == nil)
        #expect(value["a"]?[0]?.int64Value == nil)
        #expect(value["a"]?[1]?.int64Value == nil)
        #expect(value["a"]?[2]?.int64Value == nil)
        #expect(value["a"]?[2]?.uint64Value == 12_345_678_901_234_567_890)
        #expect(value["a"]?[3] == nil)
        #expect(value["a"]?[-1] == nil)
        #expect(value["c"] == nil)
        #expect(value[""] == JSON.null)
    }

    @Test func `integers are exact up to their ends and nil beyond`() throws {
        for value in [Int64.min, -1, 0, 1, .max] {
            #expect(try JSON.parse("\(value)").int64Value == value)
            #expect(JSON(value).text == "\(value)")
        }
        for value in [UInt64.min, 1 << 63, .max] {
            #expect(try JSON.parse("\(value)").uint64Value == value)
        }
        #expect(try JSON.parse("9223372036854775808").int64Value == nil)
        #expect(try JSON.parse("-9223372036854775809").int64Value == nil)
        #expect(try JSON.parse("18446744073709551616").uint64Value == nil)
        #expect(try JSON.parse("-1").uint64Value == nil)
    }

    @Test func `everything that has to be escaped is, and nothing else`() throws {
        let all = String(String.UnicodeScalarView((0...0x7F).compactMap(Unicode.Scalar.init)))
        let text = JSON.string(all + "é😀\u{2028}").text
        #expect(
            text.hasPrefix(#""\u0000\u0001\u0002\u0003\u0004\u0005\u0006\u0007\b\t\n\u000b\f\r"#))
        #expect(text.hasSuffix("~\u{7F}é😀\u{2028}\""))
        #expect(text.contains(##"!\"#$%&"##) && text.contains(##"[\\]"##))
        #expect(try JSON.parse(text) == .string(all + "é😀\u{2028}"))
    }

    @Test func `literals make the value they look like`() {
        let value: JSON = [
            "z": nil, "a": true, "n": -7, "s": "text \(1 + 1)", "l": [1, "2", [:]], "e": [],
        ]
        #expect(value.text == #"{"z":null,"a":true,"n":-7,"s":"text 2","l":[1,"2",{}],"e":[]}"#)
        #expect(
            value.prettyText == """
                {
                  "z": null,
                  "a": true,
                  "n": -7,
                  "s": "text 2",
                  "l": [
                    1,
                    "2",
                    {}
                  ],
                  "e": []
                }
                """)
    }

    @Test func `an object is changed in place, by the bytes of its names`() {
        var object = JSONObject([("a", 1), ("b", 2)])
        object["a"] = 3
        object["c"] = 4
        object["b"] = nil
        object["missing"] = nil
        #expect(JSON.object(object).text == #"{"a":3,"c":4}"#)
        object["\u{E9}"] = 5
        #expect(object["e\u{301}"] == nil)
        #expect(object["\u{E9}"] == 5)
    }

    @Test func `names and strings that only look alike differ`() throws {
        let value = try JSON.parse("{\"\u{E9}\":1,\"e\u{301}\":2}")
        #expect(value["\u{E9}"] == 1)
        #expect(value["e\u{301}"] == 2)
        #expect(JSON.string("\u{E9}") != JSON.string("e\u{301}"))
        #expect(try JSON.parse("[1.0]") != JSON.parse("[1]"))
    }

    @Test(arguments: [2, 16, 17, 400])
    func `a name that comes twice is refused, however it is written`(_ count: Int) throws {
        let names = (0..<count).map { "\"n\($0)\":\($0)" }
        let good = "{" + names.joined(separator: ",") + "}"
        #expect(try JSON.parse(good).objectValue?.members.count == count)
        for name in ["n0", "n\(count - 1)", "\\u006e0", "n\\u0030"] {
            let bad = "{" + (names + ["\"\(name)\":0"]).joined(separator: ",") + "}"
            #expect(throws: FormatError(.json, "")) { try JSON.parse(bad) }
            #expect(throws: FormatError(.json, "")) { try JSON.parse("[{\"x\":\(bad)}]") }
        }
    }

    @Test func `bounds hold exactly`() throws {
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        _ = try JSON.parse(nested(64))
        #expect(throws: FormatError(.limit, "")) { try JSON.parse(nested(65)) }
        #expect(throws: FormatError(.limit, "")) {
            try JSON.parse(nested(100_000), limits: JSONLimits(depthMaximum: .max))
        }
        _ = try JSON.parse("[1,2]", limits: JSONLimits(byteCountMaximum: 5, valueCountMaximum: 3))
        #expect(throws: FormatError(.limit, "")) {
            try JSON.parse("[1,2]", limits: JSONLimits(byteCountMaximum: 4))
        }
        #expect(throws: FormatError(.limit, "")) {
            try JSON.parse("[1,2]", limits: JSONLimits(valueCountMaximum: 2))
        }
        _ = try JSON.parse(String(repeating: "9", count: 256))
        #expect(throws: FormatError(.limit, "")) {
            try JSON.parse(String(repeating: "9", count: 257))
        }
        #expect(throws: FormatError(.limit, "")) {
            try JSON.parse([UInt8](repeating: 0x20, count: 1 << 20) + [0x30])
        }
    }

    @Test func `a text that was cut anywhere is refused`() throws {
        let text = #"{"a":[1,-2.5e+10,true,false,null],"é\n\ud83d\ude00":{"x":"😀"}}"#
        let bytes = Array(text.utf8)
        _ = try JSON.parse(bytes)
        for count in bytes.indices {
            #expect(throws: FormatError.self) { try JSON.parse(Array(bytes.prefix(count))) }
        }
    }

    @Test func `a byte changed anywhere gives another value or none, never a crash`() throws {
        let bytes = Array(#"{"a":[1,-2.5e+10,true],"é\ud83d\ude00":{"x":"😀"}}"#.utf8)
        for index in bytes.indices {
            for byte in UInt8.min ... .max {
                var changed = bytes
                changed[index] = byte
                guard let value = try? JSON.parse(changed) else { continue }
                #expect(try JSON.parse(value.bytes) == value)
            }
        }
    }

    @Test(arguments: 0..<200 as Range<UInt64>)
    func `what was written reads as the same value`(_ seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let value = randomValue(depth: 0, &generator)
        #expect(try JSON.parse(value.bytes) == value)
        #expect(try JSON.parse(value.prettyText) == value)
    }

    private func randomValue(depth: Int, _ generator: inout SeededGenerator) -> JSON {
        switch UInt8.random(in: depth > 5 ? 0...4 : 0...7, using: &generator) {
        case 0: return nil
        case 1: return .bool(.random(using: &generator))
        case 2: return JSON(Int64.random(in: .min ... .max, using: &generator))
        case 3: return JSON(UInt64.random(in: .min ... .max, using: &generator))
        case 4: return .string(randomText(&generator))
        case 5, 6:
            let count = Int.random(in: 0...5, using: &generator)
            return .array((0..<count).map { _ in randomValue(depth: depth + 1, &generator) })
        default:
            let count = Int.random(in: 0...20, using: &generator)
            return .object(
                JSONObject(
                    (0..<count).map {
                        (
                            "\($0)" + randomText(&generator),
                            randomValue(depth: depth + 1, &generator)
                        )
                    }))
        }
    }

    private func randomText(_ generator: inout SeededGenerator) -> String {
        var text = ""
        for _ in 0..<Int.random(in: 0...12, using: &generator) {
            let bound: UInt32 =
                [0x20, 0x7F, 0xFFFF, 0x10FFFF].randomElement(using: &generator) ?? 0
            let scalar = Unicode.Scalar(UInt32.random(in: 0...bound, using: &generator))
            if let scalar { text.unicodeScalars.append(scalar) }
        }
        return text
    }
}
