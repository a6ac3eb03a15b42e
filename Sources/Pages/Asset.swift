import Cryptography

/// A file that pages refer to by its content: the hash stands in the path, so that it may be kept
/// for ever.
struct Asset: Sendable {
    let path: String
    let contentType: String
    let summary: String
    let body: [UInt8]

    init(_ name: String, _ contentType: String, _ summary: String, _ text: String) {
        body = Array(text.utf8)
        path = "/assets/\(Digest.sha256(body).text.prefix(16))/\(name)"
        self.contentType = contentType
        self.summary = summary
    }

    static let stylesheet = Asset(
        "accredit.css", "text/css; charset=utf-8", "The stylesheet of the pages",
        Stylesheet.base + Stylesheet.parts)
    static let script = Asset(
        "accredit.js", "text/javascript; charset=utf-8", "The script of the pages", Script.text)
    static let icon = Asset("icon.svg", "image/svg+xml", "The icon of the pages", Icon.text)
    static let all = [stylesheet, script, icon]
}

enum Icon {
    static let text = """
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">
        <rect width="32" height="32" rx="7" fill="#0b5cad"/>
        <path d="M8 17.5l5.5 5.5L24 10" fill="none" stroke="#fff" stroke-width="4" \
        stroke-linecap="round" stroke-linejoin="round"/>
        </svg>

        """
}
