import Encoding

extension Router {
    /// The same routes, telling when an answer stands and has not been sent, as
    /// `POST /v1/votes decided`. Crash tests end the process there.
    package func passing(_ passing: @escaping @Sendable (String) -> Void) -> Router {
        var router = Router(title: title, version: version)
        for route in routes {
            let handler = route.handler
            let name = "\(route.method) \(route.pattern) decided"
            router.on(
                route.method, route.pattern, summary: route.summary, consumes: route.consumes,
                maximumBodyByteCount: route.maximumBodyByteCount, gate: route.gate
            ) { request in
                do {
                    let response = try await handler(request)
                    passing(name)
                    return response
                } catch {
                    passing(name)
                    throw error
                }
            }
        }
        return router
    }
}

extension WebURL {
    /// The path with every segment that is no plain word replaced by `*`: what a family of
    /// addresses has in common.
    var shape: String {
        let path = Array(target.utf8).prefix { $0 != UInt8(ascii: "?") }
        let segments = path.split(separator: UInt8(ascii: "/")).map { segment -> String in
            let isWord =
                segment.count <= 24
                && segment.allSatisfy { byte in
                    switch byte {
                    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "-"),
                        UInt8(ascii: "."):
                        true
                    case _: false
                    }
                }
            let isVersion = segment.elementsEqual("v1".utf8)
            return isWord || isVersion ? String(decoding: segment, as: UTF8.self) : "*"
        }
        return "/" + segments.joined(separator: "/")
    }
}
