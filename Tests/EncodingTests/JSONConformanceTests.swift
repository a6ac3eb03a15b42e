import Encoding
import FoundationEssentials
import Testing

/// JSONTestSuite by Nicolas Seriot, read from the folder that ACCREDIT_CONFORMANCE names.
struct JSONConformanceTests {
    struct Case: CustomStringConvertible, Sendable {
        let name: String
        let bytes: [UInt8]
        var description: String { name }
    }

    static let cases: [Case] = {
        guard let folder = ProcessInfo.processInfo.environment["ACCREDIT_CONFORMANCE"] else {
            return []
        }
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "\(folder)/json")) ?? []
        return names.sorted().compactMap { name in
            FileManager.default.contents(atPath: "\(folder)/json/\(name)").map {
                Case(name: String(name.dropLast(".json".count)), bytes: Array($0))
            }
        }
    }()

    static func cases(_ prefix: String) -> [Case] { cases.filter { $0.name.hasPrefix(prefix) } }

    @Test(arguments: cases("y_"))
    func `what RFC 8259 calls JSON is read`(_ item: Case) throws {
        let grammar = JSONLimits(allowsDuplicateNames: true)
        let value = try JSON.parse(item.bytes, limits: grammar)
        #expect(try JSON.parse(value.bytes, limits: grammar) == value)
        // RFC 7493 section 2.3 takes duplicate names away, and nothing else that this suite names.
        let isDuplicate = item.name.contains("duplicated_key")
        #expect(((try? JSON.parse(item.bytes)) == nil) == isDuplicate)
    }

    @Test(arguments: cases("n_"))
    func `what RFC 8259 does not call JSON is refused`(_ item: Case) {
        #expect(throws: FormatError.self) { try JSON.parse(item.bytes) }
        #expect(throws: FormatError.self) {
            try JSON.parse(item.bytes, limits: JSONLimits(allowsDuplicateNames: true))
        }
    }

    /// What RFC 8259 leaves open, decided here. Numbers are kept as text, so none is out of range;
    /// everything that is not UTF-8 or names a lone surrogate is refused (RFC 7493 section 2.1).
    static let decisions: [(rule: String, isRead: Bool, names: [String])] = [
        (
            "a number keeps its literal, whatever its size", true,
            [
                "i_number_double_huge_neg_exp", "i_number_huge_exp", "i_number_neg_int_huge_exp",
                "i_number_pos_double_huge_exp", "i_number_real_neg_overflow",
                "i_number_real_pos_overflow", "i_number_real_underflow",
                "i_number_too_big_neg_int", "i_number_too_big_pos_int",
                "i_number_very_big_negative_int",
            ]
        ),
        (
            "a surrogate without its partner is not a character", false,
            [
                "i_object_key_lone_2nd_surrogate", "i_string_1st_surrogate_but_2nd_missing",
                "i_string_1st_valid_surrogate_2nd_invalid",
                "i_string_incomplete_surrogate_and_escape_valid",
                "i_string_incomplete_surrogate_pair",
                "i_string_incomplete_surrogates_escape_valid",
                "i_string_invalid_lonely_surrogate", "i_string_invalid_surrogate",
                "i_string_inverted_surrogates_U+1D11E", "i_string_lone_second_surrogate",
            ]
        ),
        (
            "JSON between systems is UTF-8 and nothing else", false,
            [
                "i_string_UTF-16LE_with_BOM", "i_string_UTF-8_invalid_sequence",
                "i_string_UTF8_surrogate_U+D800", "i_string_invalid_utf-8",
                "i_string_iso_latin_1", "i_string_lone_utf8_continuation_byte",
                "i_string_not_in_unicode_range", "i_string_overlong_sequence_2_bytes",
                "i_string_overlong_sequence_6_bytes",
                "i_string_overlong_sequence_6_bytes_null", "i_string_truncated-utf-8",
                "i_string_utf16BE_no_BOM", "i_string_utf16LE_no_BOM",
            ]
        ),
        (
            "RFC 8259 section 8.1 forbids writers a byte order mark", false,
            ["i_structure_UTF-8_BOM_empty_object"]
        ),
        ("nesting is bounded", false, ["i_structure_500_nested_arrays"]),
    ]

    @Test(arguments: cases("i_"))
    func `what RFC 8259 leaves open is decided`(_ item: Case) throws {
        let rule = try #require(
            Self.decisions.first { $0.names.contains(item.name) }, "undecided: \(item.name)")
        #expect(((try? JSON.parse(item.bytes)) != nil) == rule.isRead, "\(rule.rule)")
    }

    @Test(.enabled(if: !cases.isEmpty))
    func `the suite is there as a whole`() {
        #expect(Self.cases("y_").count == 95)
        #expect(Self.cases("n_").count == 188)
        #expect(Self.cases("i_").count == Self.decisions.flatMap(\.names).count)
    }
}
