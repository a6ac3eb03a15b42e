/// Values as people read them in an explanation.
extension Value {
    /// The value as an expression would write it, whole.
    var literal: String { display(maximum: Int.max) }

    /// The value in about so many characters; what does not fit is left out with `…`.
    func display(maximum: Int) -> String {
        switch self {
        case .null, .bool, .int, .uint, .timestamp, .duration, .type, .network:
            return summary
        case .double(let number):
            let text = NumberText.text(number)
            return text.utf8.contains { !$0.isDigit && $0 != UInt8(ascii: "-") }
                ? text : text + ".0"
        case .string(let text):
            return text.quoted(maximum: maximum)
        case .bytes(let bytes):
            let shown = bytes.prefix(maximum / 4).map(Self.escaped).joined()
            return "b'\(shown)\(bytes.count > maximum / 4 ? "…'" : "'")"
        case .list(let elements):
            return Self.joined(
                "[", elements.lazy.map { element in { element.display(maximum: $0) } }, "]", maximum
            )
        case .map(let map):
            let entries = map.keys.indices.lazy.map { place in
                { (maximum: Int) in
                    map.keys[place].display(maximum: maximum) + ": "
                        + map.values[place].display(maximum: maximum)
                }
            }
            return Self.joined("{", entries, "}", maximum)
        case .optional(let optional):
            return optional.value.map { "optional.of(\($0.display(maximum: maximum)))" }
                ?? "optional.none()"
        }
    }

    private static func escaped(_ byte: UInt8) -> String {
        "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }

    private static func joined(
        _ head: String, _ parts: some Sequence<(Int) -> String>, _ tail: String, _ maximum: Int
    ) -> String {
        var text = head
        for (place, part) in parts.enumerated() {
            let next = (place == 0 ? "" : ", ") + part(maximum)
            guard text.utf8.count < maximum - next.utf8.count else {
                return text + (place == 0 ? "…" : ", …") + tail
            }
            text += next
        }
        return text + tail
    }
}

extension Text {
    /// The text between quotes, with nothing in it that a terminal acts on.
    fileprivate func quoted(maximum: Int) -> String {
        var quoted = "'"
        for (place, scalar) in string.unicodeScalars.enumerated() {
            guard place < maximum else { return quoted + "…'" }
            switch scalar {
            case "'": quoted += "\\'"
            case "\\": quoted += "\\\\"
            case "\n": quoted += "\\n"
            case "\r": quoted += "\\r"
            case "\t": quoted += "\\t"
            case _ where scalar.value < 0x20 || (0x7F..<0xA0).contains(scalar.value):
                let digits = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "'"
    }
}
