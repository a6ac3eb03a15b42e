import Testing

@testable import Pages

@Suite struct HTMLTests {
    @Test func `a string becomes text, whatever it holds`() {
        let hostile = "<script>alert('x')</script>\" onload=\"y & z"
        let html: HTML = "<p title=\"\(hostile)\">\(hostile)</p>"
        let escaped =
            "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&quot; onload=&quot;y &amp; z"
        #expect(html.text == "<p title=\"\(escaped)\">\(escaped)</p>")
    }

    @Test func `HTML inside HTML stays what it is`() {
        let inner: HTML = "<b>\("<")</b>"
        #expect(
            ("<p>\(inner)\([inner, inner])</p>" as HTML).text
                == "<p><b>&lt;</b><b>&lt;</b><b>&lt;</b></p>")
    }

    @Test(arguments: [
        ("\u{202E}gpj.exe", "\\u{202e}gpj.exe"), ("a\u{0}b", "a\\u{0}b"),
        ("\u{2067}x", "\\u{2067}x"),
        ("\u{200B}", "\\u{200b}"), ("\u{FEFF}", "\\u{feff}"), ("\u{E0041}", "\\u{e0041}"),
        ("\u{85}", "\\u{85}"), ("\u{AD}", "\\u{ad}"), ("\u{FFFF}", "\\u{ffff}"),
        ("tab\t", "tab\\u{9}"), ("line\nbreak", "line\nbreak"), ("مرحبا", "مرحبا"), ("🗳", "🗳"),
    ])
    func `what a reader could not see is shown`(_ text: String, _ shown: String) {
        #expect(HTML(text).text == shown)
    }

    @Test func `segments of paths hold no separator`() {
        #expect(
            HarmlessText.segment("did:key:z6Mk/../?q=1#x y\"é")
                == "did:key:z6Mk%2F..%2F%3Fq%3D1%23x%20y%22%C3%A9")
    }
}
