import Glibc
import Storage

/// Files that a command line names; `-` is standard input or standard output.
enum InputFile {
    static let standard = "-"

    /// The whole file.
    /// - Throws: `notFound`, `permission` or `failure`, saying which file.
    static func read(
        _ path: String, maximumByteCount: Int = Limits.inputByteCountMaximum
    ) throws(Failure) -> [UInt8] {
        if path == standard {
            return try read(
                descriptor: STDIN_FILENO, named: "standard input",
                maximumByteCount: maximumByteCount)
        }
        do throws(StorageError) {
            return try DurableFile.read(path, maximumByteCount: maximumByteCount)
        } catch {
            throw Failure(mapping: error)
        }
    }

    /// A text file without the white space around it, e.g. a compact token.
    static func text(_ path: String) throws(Failure) -> String {
        let bytes = try read(path)
        let white: Set<UInt8> = [0x20, 0x09, 0x0A, 0x0D]
        let trimmed = bytes.drop { white.contains($0) }
        let end = trimmed.lastIndex { !white.contains($0) }.map { $0 + 1 } ?? trimmed.startIndex
        guard let text = String(validating: trimmed[..<end], as: UTF8.self) else {
            throw Failure(.failure, "input.format", "\(path) is not UTF-8 text")
        }
        return text
    }

    static func read(
        descriptor: Int32, named name: String, maximumByteCount: Int
    ) throws(Failure) -> [UInt8] {
        var result: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16 << 10)
        while true {
            let count = unsafe Glibc.read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else {
                let reason = unsafe String(cString: strerror(errno))
                throw Failure(.failure, "input.io", "cannot read \(name)", why: reason)
            }
            if count == 0 { return result }
            result += chunk[..<count]
            guard result.count <= maximumByteCount else {
                throw Failure(
                    .failure, "input.limit", "\(name) is longer than \(maximumByteCount) bytes")
            }
        }
    }
}

extension Invocation {
    /// Refuses, before any work is done, to write over a file that is there.
    func checkOut() throws(Failure) {
        guard let path = try text(.out), path != InputFile.standard else { return }
        guard unsafe access(path, F_OK) != 0 else {
            throw Failure(
                .conflict, "output.exists", "\(path) exists and is not overwritten",
                fix: "choose another name for --out, or move the file away")
        }
    }

    /// Writes a result to `--out`, or prints it when the option is absent or `-`.
    func writeOut(_ text: String) throws {
        guard let path = try self.text(.out), path != InputFile.standard else {
            console.line(text)
            return
        }
        try DurableFile.write(Array((text + "\n").utf8), to: path, mode: 0o644, replacing: false)
        console.message("wrote \(path)")
    }
}
