import Encoding
import Testing

struct FieldsTests {
    private func fields(_ text: String) throws -> Fields {
        try Fields(try JSON.parse(text), "form")
    }

    @Test func `members are read by kind, and then nothing is left`() throws {
        var form = try fields(
            """
            {"s":"x","i":-5,"u":18446744073709551615,"b":false,"a":"250","l":[1,2],"t":["x"],
             "o":{"k":"v"},"os":[{},{}],"j":null,"y":"AQID","n":1795230000,
             "r":"2026-11-21T03:00:00Z"}
            """)
        #expect(try form.string("s") == "x")
        #expect(try form.int64("i") == -5)
        #expect(try form.uint64("u") == .max)
        #expect(try form.bool("b") == false)
        #expect(try form.amount("a") == 250)
        #expect(try form.array("l", maximumCount: 2) == [1, 2])
        #expect(try form.strings("t", maximumCount: 1) == ["x"])
        var inner = try form.object("o")
        #expect(inner.path == "form.o")
        #expect(throws: FormatError(.shape, "")) { try inner.end() }
        #expect(try inner.string("k") == "v")
        try inner.end()
        #expect(
            try form.objects("os", maximumCount: 2).map(\.path) == ["form.os[0]", "form.os[1]"])
        #expect(try form.json("j") == .null)
        #expect(try form.bytes("y", count: 3) == [1, 2, 3])
        #expect(try form.instantSeconds("n") == form.instant("r"))
        try form.end()
    }

    @Test func `an unknown member is refused and named`() throws {
        var form = try fields(#"{"known":1,"unknown\n":2,"other":3}"#)
        _ = try form.int64("known")
        let error = #expect(throws: FormatError(.shape, "")) { try form.end() }
        #expect(error?.detail.contains(#""unknown\n", "other""#) == true)
        form.skipRest()
        try form.end()
    }

    @Test func `a missing member is refused, an optional one is nil`() throws {
        var form = try fields("{}")
        #expect(throws: FormatError(.shape, "")) { try form.string("x") }
        #expect(throws: FormatError(.shape, "")) { try form.json("x") }
        #expect(throws: FormatError(.shape, "")) { try form.object("x") }
        #expect(try form.optionalString("x") == nil)
        #expect(try form.optionalInt64("x") == nil)
        #expect(try form.optionalUInt64("x") == nil)
        #expect(try form.optionalBool("x") == nil)
        #expect(try form.optionalAmount("x") == nil)
        #expect(try form.optionalArray("x", maximumCount: 1) == nil)
        #expect(try form.optionalObject("x") == nil)
        #expect(try form.optionalBytes("x") == nil)
        #expect(try form.optionalInstant("x") == nil)
        #expect(try form.optionalInstantSeconds("x") == nil)
        #expect(form.optionalJSON("x") == nil)
    }

    @Test(arguments: ["null", "1.0", "1e0", "-0", "\"1\"", "9223372036854775808", "[1]", "true"])
    func `what is not an integer is not read as one`(_ text: String) throws {
        var form = try fields("{\"x\":\(text)}")
        #expect(throws: FormatError(.shape, "")) { try form.int64("x") }
        #expect(throws: FormatError(.shape, "")) { try form.optionalInt64("x") }
    }

    @Test(arguments: [
        "1", "\"\"", "\"-1\"", "\"+1\"", "\"01\"", "\"1.0\"", "\" 1\"", "\"1 \"", "\"1e3\"",
        "\"18446744073709551616\"", "\"１\"", "null",
    ])
    func `an amount has one form`(_ text: String) throws {
        var form = try fields("{\"x\":\(text)}")
        #expect(throws: FormatError(.shape, "")) { try form.amount("x") }
    }

    @Test func `sizes and ranges are held to their ends`() throws {
        var form = try fields(#"{"s":"éé","i":7,"l":[1,2],"y":"AQID","n":253402300800}"#)
        #expect(try form.string("s", maximumByteCount: 4) == "éé")
        #expect(throws: FormatError(.limit, "")) { try form.string("s", maximumByteCount: 3) }
        #expect(try form.int64("i", in: 7...7) == 7)
        #expect(throws: FormatError(.shape, "")) { try form.int64("i", in: 8...9) }
        #expect(throws: FormatError(.shape, "")) { try form.int("i", in: 0...6) }
        #expect(throws: FormatError(.limit, "")) { try form.array("l", maximumCount: 1) }
        #expect(throws: FormatError(.shape, "")) { try form.bytes("y", count: 4) }
        #expect(throws: FormatError(.limit, "")) { try form.bytes("y", count: 2) }
        #expect(throws: FormatError(.limit, "")) { try form.bytes("y", maximumByteCount: 2) }
        #expect(throws: FormatError(.shape, "")) { try form.instantSeconds("n") }
        #expect(throws: FormatError(.shape, "")) { try fields("[]") }
    }
}
