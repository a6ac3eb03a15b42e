import Testing

@testable import Web

@Suite struct MessageReaderTests {
    /// What a server would see of a byte stream: every request, or why it stopped.
    struct Reading: Equatable {
        var requests: [String] = []
        var refusal: Rejection?
        var isWaiting = false
    }

    static func read(_ portions: [[UInt8]]) -> Reading {
        var reading = Reading()
        var reader = MessageReader<RequestHead>()
        var input: [UInt8] = []
        var position = 0
        for portion in portions {
            input += portion
            do throws(Rejection) {
                var isWaiting = false
                while !isWaiting {
                    switch try reader.advance(input, &position) {
                    case .needsMore: isWaiting = true
                    case .head: reader.bodyByteCountMaximum = 64
                    case .complete:
                        let head = reader.head
                        let body = String(decoding: reader.body, as: UTF8.self)
                        let line = "\(head?.method ?? "") \(head?.path ?? "")"
                        reading.requests.append("\(line) \(head?.fields ?? []) \(body)")
                        reader = MessageReader()
                    }
                }
            } catch {
                reading.refusal = error
                return reading
            }
            input.removeFirst(position)
            position = 0
        }
        reading.isWaiting = !reader.isUntouched
        return reading
    }

    static let streams = [
        "\r\nGET /a?b=c%20d&e HTTP/1.1\r\nHost: a\r\n\r\nGET /b HTTP/1.1\r\nHost: b\r\n\r\n",
        "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"
            + "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
            + "3;x=\"y\"\r\nabc\r\n0A\r\n0123456789\r\n0\r\nT: 1\r\n\r\n"
            + "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n40\r\n",
        "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n41\r\n",
        "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n",
        "GET /a HTTP/1.1\r\nHost: a\r\nX-A: 1\r\n 2\r\n\r\n",
        "GET /a HTTP/1.1\r\nHost: a\nX-A: 1\r\n\r\n",
    ].map { Array($0.utf8) }

    @Test(arguments: streams)
    func `every split of a stream into two gives the same requests and refusals`(
        _ stream: [UInt8]
    ) {
        let whole = Self.read([stream])
        for cut in 0...stream.count {
            #expect(Self.read([Array(stream[..<cut]), Array(stream[cut...])]) == whole)
        }
        #expect(Self.read(stream.map { [$0] }) == whole)
    }

    @Test(arguments: streams)
    func `random splits of a stream give the same requests and refusals`(_ stream: [UInt8]) {
        let whole = Self.read([stream])
        var state: UInt64 = 42
        for _ in 0..<300 {
            var portions: [[UInt8]] = []
            var rest = stream[...]
            while !rest.isEmpty {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                let count = min(rest.count, Int(state >> 33) % 24)
                portions.append(Array(rest.prefix(count)))
                rest = rest.dropFirst(count)
            }
            #expect(Self.read(portions) == whole)
        }
    }

    @Test(arguments: streams)
    func `no change of some bytes brings the reader down or lets it read twice`(
        _ stream: [UInt8]
    ) {
        var state: UInt64 = 7
        func next(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        let salt = Array("\r\n\t :;,%/?#0fF+-\0\u{7F}\"".utf8) + [0x80, 0xFF]
        for _ in 0..<1_500 {
            var bytes = stream
            for _ in 0...next(3) {
                let place = next(bytes.count)
                switch next(3) {
                case 0: bytes[place] = salt[next(salt.count)]
                case 1: bytes.insert(salt[next(salt.count)], at: place)
                case _: bytes.remove(at: place)
                }
            }
            #expect(Self.read([bytes]).requests.count <= 2)
        }
    }

    @Test func `the streams above are read as intended`() {
        let readings = Self.streams.map { Self.read([$0]) }
        #expect(readings.map(\.requests.count) == [2, 2, 2, 0, 0, 0, 0, 0])
        #expect(readings.map(\.refusal?.status) == [nil, nil, nil, nil, 413, 400, 400, 400])
        #expect(readings[2].requests[0].hasSuffix("abc0123456789"))
        #expect(!readings[2].requests[0].contains("(\"t\""))
        #expect(readings[3].isWaiting)
    }

    static let accepted: [(String, String)] = [
        ("HTTP/1.0 without Host", "GET / HTTP/1.0\r\n\r\n"),
        ("absolute form", "GET http://other:80/x HTTP/1.1\r\nHost: a\r\n\r\n"),
        ("OPTIONS with an asterisk", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n"),
        ("IPv6 host", "GET / HTTP/1.1\r\nHost: [::1]:8443\r\n\r\n"),
        ("empty value", "GET / HTTP/1.1\r\nHost: a\r\nX:\r\n\r\n"),
        ("tabs around a value", "GET / HTTP/1.1\r\nHost:\ta\t\r\n\r\n"),
        ("coding in capitals", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: CHUNKED\r\n\r\n"),
        (
            "a field that only looks like a coding",
            "GET / HTTP/1.1\r\nHost: a\r\nTransfer_Encoding: chunked\r\n\r\n"
        ),
        ("upper half in a value", "GET / HTTP/1.1\r\nHost: a\r\nX: \u{E9}\r\n\r\n"),
        (
            "target at the limit",
            "GET /\(String(repeating: "a", count: 8 * 1024 - 1)) HTTP/1.1\r\nHost: a\r\n\r\n"
        ),
        (
            "as many fields as allowed",
            "GET / HTTP/1.1\r\nHost: a\r\n\((0..<99).map { "X-\($0): 1\r\n" }.joined())\r\n"
        ),
    ]

    @Test(arguments: accepted)
    func `a message within the rules is accepted`(_ name: String, _ text: String) throws {
        var reader = MessageReader<RequestHead>()
        var position = 0
        #expect(try reader.advance(Array(text.utf8), &position) == .head, "\(name)")
    }

    @Test func `the authority of an absolute target wins over Host`() throws {
        var reader = MessageReader<RequestHead>()
        var position = 0
        let text = "GET http://other:80?x=1 HTTP/1.1\r\nHost: a\r\n\r\n"
        _ = try reader.advance(Array(text.utf8), &position)
        #expect(reader.head?.host == "other:80")
        #expect(reader.head?.path == "/")
    }

    /// A reader that has the head of a request with a body of `count` bytes.
    static func announced(
        _ count: Int, limit: Int
    ) throws -> MessageReader<RequestHead> {
        var reader = MessageReader<RequestHead>()
        var position = 0
        let text = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: \(count)\r\n\r\n"
        #expect(try reader.advance(Array(text.utf8), &position) == .head)
        reader.bodyByteCountMaximum = limit
        return reader
    }

    /// An array's capacity may be a little more than was asked for.
    static let rounding = 64

    @Test func `no room is made for what was only announced`() throws {
        let count = 1 << 20
        var reader = try Self.announced(count, limit: count)
        var position = 0
        #expect(try reader.advance([], &position) == .needsMore)
        #expect(reader.body.capacity == 0)
        var come = 0
        for portion in [1, 15, 1, 240, 1_000, 20_000, 100_000] {
            position = 0
            let bytes = [UInt8](repeating: 1, count: portion)
            #expect(try reader.advance(bytes, &position) == .needsMore)
            come += portion
            #expect(reader.body.count == come)
            #expect(reader.body.capacity <= come * Limits.bodyRoomFactor + Self.rounding)
            #expect(reader.body.capacity <= count + Self.rounding)
        }
    }

    @Test func `a large body is moved once while it comes`() throws {
        let portion = (0..<16 * 1024).map { UInt8(truncatingIfNeeded: $0) }
        let count = 100 * portion.count
        var reader = try Self.announced(count, limit: count)
        var capacities: [Int] = []
        for place in 1...100 {
            var position = 0
            let step = try reader.advance(portion, &position)
            #expect(step == (place == 100 ? .complete : .needsMore))
            if capacities.last != reader.body.capacity { capacities.append(reader.body.capacity) }
        }
        #expect(capacities.count == 2)
        #expect(reader.body == Array(repeating: portion, count: 100).flatMap { $0 })
    }

    @Test(arguments: [63, 64, 65])
    func `a body is as large as the route allows and no larger`(_ count: Int) throws {
        var reader = try Self.announced(count, limit: 64)
        let next = Array("GET".utf8)
        let bytes = [UInt8](repeating: 1, count: count) + next
        var position = 0
        guard count <= 64 else {
            #expect(throws: Rejection.self) { try reader.advance(bytes, &position) }
            return
        }
        #expect(try reader.advance(bytes, &position) == .complete)
        #expect(reader.body.count == count)
        #expect(reader.body.capacity <= count + Self.rounding)
        #expect(position == count)
    }
}
