/// The first line of a chunk (RFC 9112 §7.1): 1 to 16 hexadecimal digits, then perhaps extensions,
/// which are checked and ignored. No white space anywhere.
enum ChunkLine {
    static func size(_ line: [UInt8]) throws(Rejection) -> Int {
        var size: UInt64 = 0
        var index = 0
        while index < line.count, let digit = Syntax.hexadecimalValue(line[index]) {
            guard index < Limits.chunkSizeDigitCount else {
                throw Rejection(400, "a chunk size of more than 16 digits")
            }
            size = size << 4 | UInt64(digit)
            index += 1
        }
        guard index > 0 else { throw Rejection(400, "a chunk without a hexadecimal size") }
        guard size <= UInt64(Int64.max) else { throw Rejection(413, "a chunk of 2^63 bytes") }
        try checkExtensions(line, from: index)
        return Int(size)
    }

    private static func checkExtensions(_ line: [UInt8], from start: Int) throws(Rejection) {
        let malformed = Rejection(400, "a malformed chunk size or extension")
        var index = start
        func skipToken() throws(Rejection) {
            let first = index
            while index < line.count, Syntax.isToken(line[index]) { index += 1 }
            guard index > first else { throw malformed }
        }
        while index < line.count {
            guard line[index] == UInt8(ascii: ";") else { throw malformed }
            index += 1
            try skipToken()
            guard index < line.count, line[index] == UInt8(ascii: "=") else { continue }
            index += 1
            guard index < line.count, line[index] == UInt8(ascii: "\"") else {
                try skipToken()
                continue
            }
            index += 1
            while index < line.count, line[index] != UInt8(ascii: "\"") {
                index += line[index] == UInt8(ascii: "\\") ? 2 : 1
            }
            guard index < line.count else { throw malformed }
            index += 1
        }
    }
}
