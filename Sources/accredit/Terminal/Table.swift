/// Rows in columns, for people.
struct Table: Sendable {
    let headers: [String]
    var rows: [[String]] = []

    init(_ headers: [String], _ rows: [[String]] = []) {
        self.headers = headers
        self.rows = rows
    }

    /// Columns are as wide as their widest cell; the last is not padded.
    func text(emphasize: (String) -> String = { $0 }) -> String {
        let cells = ([headers] + rows).map { $0.map { Escaping.escaped($0) } }
        var widths = [Int](repeating: 0, count: headers.count)
        for row in cells {
            for (column, cell) in row.enumerated() where column < widths.count {
                widths[column] = max(widths[column], cell.count)
            }
        }
        let lines = cells.enumerated().map { index, row in
            let line = row.enumerated().map { column, cell in
                column == row.count - 1
                    ? cell
                    : cell + String(repeating: " ", count: widths[column] - cell.count + 2)
            }.joined()
            return index == 0 ? emphasize(line) : line
        }
        return lines.joined(separator: "\n")
    }

    /// Names and values, one pair a line, values aligned.
    static func pairs(_ pairs: [(String, String)]) -> String {
        let width = pairs.map(\.0.count).max() ?? 0
        return pairs.map { name, value in
            name + String(repeating: " ", count: width - name.count + 2)
                + Escaping.escaped(value)
        }.joined(separator: "\n")
    }
}
