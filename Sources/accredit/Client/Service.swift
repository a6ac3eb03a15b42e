import Encoding
import Web

/// A server of the network, seen by a client: JSON over HTTPS at one address.
struct Service: Sendable {
    /// What it is, for messages: `the ledger node`.
    let noun: String
    /// Scheme, host and port, without a slash at the end.
    let base: String
    let http: HTTPClient
    /// Sent as a bearer token with every request, when there is one.
    var token: String?

    init(noun: String, base: String, http: HTTPClient) {
        self.noun = noun
        self.base = base.hasSuffix("/") ? String(base.dropLast()) : base
        self.http = http
    }

    /// The answer to a GET.
    /// - Parameter wait: milliseconds the server is asked to hold the request for.
    /// - Throws: `Failure`, made from the problem document or the transport's error.
    func get(
        _ path: String, wait: Int64 = 0,
        maximumByteCount: Int = Limits.answerByteCountMaximum
    ) async throws(Failure) -> JSON {
        let separator = path.utf8.contains(UInt8(ascii: "?")) ? "&" : "?"
        let target = wait > 0 ? "\(path)\(separator)wait=\(wait)" : path
        return try await send("GET", target, body: [], wait: wait, maximumByteCount)
    }

    /// The answer to a POST of a JSON document.
    func post(_ path: String, _ json: JSON, wait: Int64 = 0) async throws(Failure) -> JSON {
        try await send("POST", path, body: json.bytes, wait: wait)
    }

    /// Sends a request that was prepared for this server, which answers that it took it: 202, and
    /// of no part of it why it did not.
    func taken(_ request: PreparedRequest) async throws(Failure) {
        let response: Response
        do {
            response = try await http.send(
                request, deadlineMilliseconds: Limits.requestMilliseconds)
        } catch {
            throw failure(error)
        }
        guard response.status == 202 else {
            throw failure(status: response.status, Self.json(response))
        }
        guard let parts = Self.json(response)?["results"]?.arrayValue else { return }
        for problem in parts.compactMap({ $0["problem"] }) {
            throw failure(status: Int(problem["status"]?.int64Value ?? 0), problem)
        }
    }

    /// Asks for something to be removed. There is nothing to read in the answer.
    func delete(_ path: String) async throws(Failure) {
        _ = try await answer("DELETE", path, body: [], wait: 0)
    }

    /// The bytes of the answer to a GET of something that is not JSON.
    func bytes(_ path: String) async throws(Failure) -> [UInt8] {
        try await answer("GET", path, body: [], wait: 0).body
    }

    private func send(
        _ method: String, _ path: String, body: [UInt8], wait: Int64,
        _ maximumByteCount: Int = Limits.answerByteCountMaximum
    ) async throws(Failure) -> JSON {
        let response = try await answer(
            method, path, body: body, wait: wait, maximumByteCount)
        guard let json = Self.json(response) else {
            throw Failure(
                .remote, "server.format", "\(noun) at \(base) did not answer with JSON",
                fix: "check that \(base) is \(noun)")
        }
        return json
    }

    /// The answer, when it is no refusal.
    private func answer(
        _ method: String, _ path: String, body: [UInt8], wait: Int64,
        _ maximumByteCount: Int = Limits.answerByteCountMaximum
    ) async throws(Failure) -> Response {
        let response: Response
        var headers = body.isEmpty ? [] : [("content-type", "application/json")]
        if let token { headers.append(("authorization", "Bearer \(token)")) }
        do {
            response = try await http.send(
                method, base + path, headers: headers, body: body,
                deadlineMilliseconds: Limits.requestMilliseconds + Int(wait),
                maximumBodyByteCount: maximumByteCount)
        } catch {
            throw failure(error)
        }
        guard (200...299).contains(response.status) else {
            throw failure(status: response.status, Self.json(response))
        }
        return response
    }

    private static func json(_ response: Response) -> JSON? {
        try? JSON.parse(
            response.body,
            limits: JSONLimits(
                byteCountMaximum: Limits.blockByteCountMaximum,
                valueCountMaximum: Limits.blockValueCountMaximum))
    }

    private func failure(_ error: WebError) -> Failure {
        var failure = Failure(error)
        if failure.exit == .remote {
            failure = Failure(
                .remote, failure.code, "\(noun) at \(base) cannot be asked", why: error.detail,
                fix: "check the address and that it runs")
        }
        return failure
    }

    /// A refusal: `{"type","title","detail","fix","instance"}` of RFC 9457, as far as it is there.
    private func failure(status: Int, _ json: JSON?) -> Failure {
        let prefix = "urn:accredit:problem:"
        let type = json?["type"]?.stringValue ?? "http"
        let problem = Problem(
            type: type.hasPrefix(prefix) ? String(type.dropFirst(prefix.count)) : type,
            title: json?["title"]?.stringValue ?? "HTTP status \(status)", status: status,
            detail: json?["detail"]?.stringValue ?? "", fix: json?["fix"]?.stringValue)
        var failure = Failure(problem)
        failure.why = "\(noun) at \(base) answered \(status)"
        if let instance = json?["instance"] {
            failure.members["request"] = instance
            failure.why? += ", request \(instance.stringValue ?? "")"
        }
        return failure
    }

    /// A path segment or query value with everything but unreserved characters escaped.
    static func escaped(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var result: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E, 0x3A:
                result.append(byte)
            default:
                result += [0x25, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}
