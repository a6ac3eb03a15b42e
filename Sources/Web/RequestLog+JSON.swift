package import Encoding

extension RequestLog {
    /// The line as servers write it: one object for each request.
    package var json: JSON {
        var members: [(String, JSON)] = [
            ("event", "request"), ("id", .string(id)), ("method", .string(method)),
            ("path", .string(path)), ("status", JSON(Int64(status))),
            ("bytes", JSON(Int64(byteCount))), ("milliseconds", JSON(milliseconds)),
            ("remote", .string(remote.description)),
        ]
        if let failure { members.append(("failure", .string(failure))) }
        return .object(JSONObject(members))
    }
}
