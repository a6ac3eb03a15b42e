import Encoding

/// Files that have to be something: what is wrong with one is told with its name.
extension InputFile {
    /// What the bytes of a file are read as.
    /// - Parameter noun: what the file has to be.
    /// - Throws: as `read`; a failure that says which file is no such thing, and why.
    static func parse<Value>(
        _ path: String, as noun: String, maximumByteCount: Int = Limits.inputByteCountMaximum,
        _ body: ([UInt8]) throws -> Value
    ) throws(Failure) -> Value {
        let bytes = try read(path, maximumByteCount: maximumByteCount)
        do { return try body(bytes) } catch { throw none(of: noun, path, error) }
    }

    /// What the text of a file, without the white space around it, is read as.
    static func parseText<Value>(
        _ path: String, as noun: String, _ body: (String) throws -> Value
    ) throws(Failure) -> Value {
        let text = try text(path)
        do { return try body(text) } catch { throw none(of: noun, path, error) }
    }

    /// The JSON document in a file.
    static func json(_ path: String, as noun: String = "a JSON document") throws(Failure) -> JSON {
        try parse(path, as: noun) { try JSON.parse($0) }
    }

    /// The failure of a file that is no such thing.
    static func none(of noun: String, _ path: String, _ error: any Error) -> Failure {
        let failure = Failure(mapping: error)
        let name = path == standard ? "standard input" : path
        return Failure(
            failure.exit, failure.code, "\(name) is not \(noun)", why: failure.what,
            fix: failure.fix ?? "name another file, or get it anew from whoever made it")
    }
}
