import Encoding

extension JSON {
    /// The value as people read it in a cell: a string without quotes, a list with commas; nil for
    /// null.
    var plain: String? {
        switch self {
        case .null: nil
        case .bool(let value): value ? "yes" : "no"
        case .number(let number): number.text
        case .string(let text): text
        case .array(let elements): elements.compactMap(\.plain).joined(separator: ", ")
        case .object: text
        }
    }
}

extension Table {
    /// One row for each object, one column for each member name; what is absent stays empty.
    static func columns(_ rows: [JSON], _ names: [String]) -> Table {
        Table(
            names.map { $0.uppercased() },
            rows.map { row in names.map { row[$0]?.plain ?? "" } })
    }

    /// The members of these names that an object has, one pair a line.
    static func members(_ json: JSON, _ names: [String]) -> String {
        pairs(names.compactMap { name in json[name]?.plain.map { (name, $0) } })
    }
}
