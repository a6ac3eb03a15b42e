/// Why a message is refused: the status to answer with, once, before the connection is closed.
struct Rejection: Error, Sendable, Equatable {
    let status: Int
    let detail: String

    init(_ status: Int, _ detail: String) {
        self.status = status
        self.detail = detail
    }
}

/// How the end of a body is found (RFC 9112 §6.3). Bodies that end with the connection are refused.
enum BodyFraming: Sendable, Equatable {
    case none, chunked
    case length(Int)
}

/// The head of a request or of a response, made from a start line and fields that are each
/// well-formed; it decides what they mean together.
protocol MessageHead: Sendable {
    associatedtype StartLine: Sendable
    static func startLine(_ bytes: ArraySlice<UInt8>) throws(Rejection) -> StartLine
    init(_ startLine: StartLine, _ fields: [(String, String)]) throws(Rejection)
    var framing: BodyFraming { get }
}

/// Reads one HTTP/1.1 message from bytes that come in any portions: what it makes of them, and
/// where it refuses, depends on the bytes alone and never on how they were split.
struct MessageReader<Head: MessageHead> {
    enum Step: Equatable { case needsMore, head, complete }

    private enum State {
        case startLine, fields, headDone
        case fixed(Int)
        case chunkSize, chunkData(Int), chunkEnd, trailers, complete
    }

    private(set) var head: Head?
    private(set) var body: [UInt8] = []
    /// Settled between the steps `head` and the next, by the route.
    var bodyByteCountMaximum = Limits.bodyByteCount

    private var state = State.startLine
    /// The beginning of a line whose end has not come yet.
    private var beginning: [UInt8] = []
    private var hasCarriageReturn = false
    private var hasSkippedEmptyLine = false
    private var start: Head.StartLine?
    private var fields: [(String, String)] = []
    private var blockByteCount = 0
    /// Room made for fields at once.
    private static var usualFieldCount: Int { 16 }

    /// True until the first byte of the message was seen.
    var isUntouched: Bool {
        if case .startLine = state { return beginning.isEmpty && !hasCarriageReturn }
        return false
    }

    /// Reads on from `position` and stops at the end of the head, of the message, or of the input.
    mutating func advance(
        _ input: [UInt8], _ position: inout Int
    ) throws(Rejection) -> Step {
        while true {
            switch state {
            case .startLine:
                guard try readStartLine(input, &position) else { return .needsMore }
            case .fields:
                guard try readField(input, &position) else { return .needsMore }
                if case .headDone = state { return .head }
            case .headDone:
                try beginBody()
            case .fixed(let remaining):
                makeRoom(input.count - position, of: remaining)
                let rest = take(remaining, input, &position)
                if rest > 0 {
                    state = .fixed(rest)
                    return .needsMore
                }
                state = .complete
            case .chunkSize:
                guard try readChunkSize(input, &position) else { return .needsMore }
            case .chunkData(let remaining):
                let rest = take(remaining, input, &position)
                state = rest > 0 ? .chunkData(rest) : .chunkEnd
                if rest > 0 { return .needsMore }
            case .chunkEnd:
                guard
                    try takeLine(input, &position, 0, Rejection(400, "chunk data over its size"))
                        != nil
                else { return .needsMore }
                state = .chunkSize
            case .trailers:
                guard try readTrailer(input, &position) else { return .needsMore }
            case .complete:
                return .complete
            }
        }
    }

    private mutating func readStartLine(
        _ input: [UInt8], _ position: inout Int
    ) throws(Rejection) -> Bool {
        let taken = try takeLine(
            input, &position, Limits.startLineByteCount,
            Rejection(414, "the request target is longer than \(Limits.targetByteCount) bytes"))
        guard let line = taken else { return false }
        // One empty line before a message is let pass (RFC 9112 §2.2).
        if line.isEmpty, !hasSkippedEmptyLine {
            hasSkippedEmptyLine = true
            return true
        }
        start = try Head.startLine(line)
        state = .fields
        return true
    }

    private mutating func readField(
        _ input: [UInt8], _ position: inout Int
    ) throws(Rejection) -> Bool {
        let taken = try takeLine(
            input, &position, Limits.fieldBlockByteCount - blockByteCount,
            Rejection(431, "the header block is longer than \(Limits.fieldBlockByteCount) bytes"))
        guard let line = taken else { return false }
        blockByteCount += line.count + 2
        if line.isEmpty {
            guard let start else { return false }
            head = try Head(start, fields)
            state = .headDone
            return true
        }
        guard fields.count < Limits.fieldCount else {
            throw Rejection(431, "more than \(Limits.fieldCount) header fields")
        }
        if fields.isEmpty { fields.reserveCapacity(Self.usualFieldCount) }
        fields.append(try fieldLine(line))
        return true
    }

    private mutating func beginBody() throws(Rejection) {
        switch head?.framing ?? .none {
        case .none:
            state = .complete
        case .length(let count):
            guard count <= bodyByteCountMaximum else { throw tooLarge }
            state = count == 0 ? .complete : .fixed(count)
        case .chunked:
            state = .chunkSize
        }
    }

    /// Makes room for a body of announced length, of which `count` bytes are at hand. Who announces
    /// much and sends little makes us hold little; what does come is hardly ever copied again, as
    /// it would be each time an array doubles.
    private mutating func makeRoom(_ count: Int, of remaining: Int) {
        let come = body.count + min(count, remaining)
        guard come > body.capacity else { return }
        body.reserveCapacity(min(body.count + remaining, come * Limits.bodyRoomFactor))
    }

    private var tooLarge: Rejection {
        Rejection(413, "the body is larger than the \(bodyByteCountMaximum) bytes taken here")
    }

    private mutating func readChunkSize(
        _ input: [UInt8], _ position: inout Int
    ) throws(Rejection) -> Bool {
        let taken = try takeLine(
            input, &position, Limits.chunkLineByteCount,
            Rejection(
                400, "a chunk's first line is longer than \(Limits.chunkLineByteCount) bytes"))
        guard let line = taken else { return false }
        let size = try ChunkLine.size(Array(line))
        guard size <= bodyByteCountMaximum - body.count else { throw tooLarge }
        blockByteCount = 0
        state = size == 0 ? .trailers : .chunkData(size)
        return true
    }

    /// Trailer fields are checked like any field and then dropped, whatever they are called.
    private mutating func readTrailer(
        _ input: [UInt8], _ position: inout Int
    ) throws(Rejection) -> Bool {
        let taken = try takeLine(
            input, &position, Limits.trailerBlockByteCount - blockByteCount,
            Rejection(
                431, "the trailer section is longer than \(Limits.trailerBlockByteCount) bytes"))
        guard let line = taken else { return false }
        blockByteCount += line.count + 2
        if line.isEmpty {
            state = .complete
        } else {
            _ = try fieldLine(line)
        }
        return true
    }

    private func fieldLine(_ line: ArraySlice<UInt8>) throws(Rejection) -> (String, String) {
        if let first = line.first, first == Syntax.space || first == Syntax.tab {
            throw Rejection(400, "a header line starts with white space (folding is obsolete)")
        }
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else {
            throw Rejection(400, "a header line has no colon")
        }
        let name = line[..<colon]
        guard Syntax.isToken(name) else {
            throw Rejection(400, "a header field's name is empty or holds a character not allowed")
        }
        let value = Syntax.trimmed(line[(colon + 1)...])
        return (Syntax.lowercasedText(name), Syntax.fieldText(value))
    }

    /// Moves up to `count` bytes into the body and tells how many are still to come.
    private mutating func take(_ count: Int, _ input: [UInt8], _ position: inout Int) -> Int {
        let taken = min(count, input.count - position)
        body.append(contentsOf: input[position..<(position + taken)])
        position += taken
        return count - taken
    }

    /// A line without its CR LF, or nil when its end has not come. No other control than a tab may
    /// occur, and neither half of a line end without the other.
    private mutating func takeLine(
        _ input: [UInt8], _ position: inout Int, _ limit: Int,
        _ tooLong: @autoclosure () -> Rejection
    ) throws(Rejection) -> ArraySlice<UInt8>? {
        let start = position
        if !hasCarriageReturn {
            // All text up to the next control at once: byte by byte it takes longer than all else.
            position = Self.textEnd(input.span, start)
            guard beginning.count + (position - start) <= limit else { throw tooLong() }
            guard position < input.count else {
                beginning += input[start...]
                return nil
            }
            switch input[position] {
            case Syntax.carriageReturn: hasCarriageReturn = true
            case Syntax.lineFeed: throw Rejection(400, "LF without CR")
            case _: throw Rejection(400, "a control character")
            }
            position += 1
        }
        let end = max(start, position - 1)
        guard position < input.count else {
            beginning += input[start..<end]
            return nil
        }
        guard input[position] == Syntax.lineFeed else { throw Rejection(400, "CR without LF") }
        position += 1
        hasCarriageReturn = false
        guard !beginning.isEmpty else { return input[start..<end] }
        let line = beginning + input[start..<end]
        beginning = []
        return line[...]
    }

    /// Where the first control other than a tab stands, from `start` on, or the input ends.
    private static func textEnd(_ input: Span<UInt8>, _ start: Int) -> Int {
        var position = start
        while position < input.count {
            let byte = input[position]
            if (byte < Syntax.space && byte != Syntax.tab) || byte == 0x7F { break }
            position += 1
        }
        return position
    }
}
