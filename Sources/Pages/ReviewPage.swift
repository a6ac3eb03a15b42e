import Cryptography
import Encoding
package import Web

/// The page on which an auditor's reviewers work: one document, one script, both from here. The
/// server sends no case in it; the script asks for cases once its reviewer has logged in.
package struct ReviewPage: Sendable {
    let issuer: String
    let network: String

    package static let path = "/reviews"

    package init(issuer: String, network: String) {
        self.issuer = issuer
        self.network = network
    }

    package func add(to router: inout Router) {
        for asset in [ReviewPage.stylesheet, ReviewPage.script, Asset.icon] {
            router.on("GET", asset.path, summary: asset.summary) { request in
                PageRoutes.answer(
                    asset.body, contentType: asset.contentType, request,
                    caching: "public, max-age=31536000, immutable")
            }
        }
        router.on("GET", Self.path, summary: "Page: cases for the auditor's reviewers") { request in
            PageRoutes.answer(
                document.bytes, contentType: "text/html; charset=utf-8", request,
                caching: "no-cache")
        }
    }

    static let stylesheet = Asset(
        "reviews.css", "text/css; charset=utf-8", "The stylesheet of the reviewers' page",
        Stylesheet.base + Stylesheet.parts + style)
    static let script = Asset(
        "reviews.js", "text/javascript; charset=utf-8", "The script of the reviewers' page",
        ReviewScript.keys + ReviewScript.cases + ReviewScript.work)

    /// What the browser compares the script with before it runs it (Subresource Integrity).
    private static let integrity = "sha256-" + Base64.encode(Digest.sha256(script.body).bytes)

    private static let style = """
        [hidden] { display: none !important; }
        .stack { display: grid; gap: .9rem; max-width: 40rem; }
        .stack label { display: block; font-weight: 600; margin-bottom: .25rem; }
        .stack input:not([type="radio"]), .stack select { width: 100%; }
        .stack select { background: var(--surface); border: 1px solid #7c8896; }
        .stack fieldset { border: 1px solid var(--line); border-radius: 8px; padding: .6rem 1rem; }
        .stack fieldset label {
          display: inline-flex; align-items: center; gap: .5rem; font-weight: 500;
          margin-right: 1.25rem; min-height: 2.5rem;
        }
        .stack fieldset input { min-height: 0; width: 1.15rem; height: 1.15rem; margin: 0; }
        .wide { overflow-x: auto; }
        .case h3 { margin-top: 1.75rem; }
        .case td, .case dd { unicode-bidi: isolate; }
        .stated th:first-child { width: 34%; }
        .case .actions { margin-top: 1.25rem; }
        button.plain {
          background: var(--surface); color: var(--accent); border-color: var(--accent);
        }
        #status { min-height: 1.6rem; margin: 1rem 0 0; font-weight: 600; max-width: none; }
        #status.bad { color: var(--bad); }
        @media (max-width: 40rem) {
          .stack fieldset label { display: flex; margin-right: 0; }
          .wide thead { display: none; }
          .wide table, .wide tbody, .wide tr, .wide td { display: block; }
          .wide tr { padding: .6rem 0; border-bottom: 1px solid var(--line); }
          .wide tbody tr:last-child { border-bottom: 0; }
          .wide td {
            display: grid; grid-template-columns: 7.5rem 1fr; gap: .75rem; border: 0;
            padding: .15rem 0;
          }
          .wide td::before { content: attr(data-head); color: var(--muted); font-size: .9rem; }
          .wide td:empty { display: none; }
          .wide td > * { justify-self: start; }
        }

        """

    private var document: HTML {
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>Reviews · \(network) · Accredit</title>
        <link rel="stylesheet" href="\(ReviewPage.stylesheet.path)">
        <link rel="icon" type="image/svg+xml" href="\(Asset.icon.path)">
        <script src="\(ReviewPage.script.path)" integrity="\(ReviewPage.integrity)" defer></script>
        </head>
        <body data-issuer="\(issuer)" data-network="\(network)">
        <a class="skip" href="#content">Skip to content</a>
        <header class="top"><div class="bar">
        <a class="brand" href="\(ReviewPage.path)"><span class="mark" aria-hidden="true"></span>\
        Accredit <span class="network">\(network)</span></a>
        <p class="pulse" id="who">Nobody is logged in</p>
        </div></header>
        <main id="content" tabindex="-1">
        <h1>Reviews</h1>
        <p class="lead">Cases that the policy of \(issuer) leaves to people.</p>
        <p id="status" role="status"></p>
        <noscript><p class="note">Signing in a browser takes a script. At a terminal, accredit \
        review does the same.</p></noscript>
        \(login)
        <section id="queue" aria-labelledby="queue-title" hidden>
        <h2 id="queue-title" tabindex="-1">Queue</h2>
        <div class="wide" id="queue-list"></div>
        <p class="actions"><button type="button" class="plain" id="reload">Look again</button>
        <button type="button" class="plain" id="leave">Log out</button></p>
        </section>
        <section id="case" class="case" aria-labelledby="case-title" hidden>
        <h2 id="case-title" tabindex="-1">Case</h2>
        <div id="case-content"></div>
        \(decision)
        </section>
        </main>
        <footer><p class="muted">Times are in UTC. What you read here is this auditor’s word; \
        accredit review show checks a case on your own machine.</p></footer>
        </body>
        </html>

        """
    }

    private var login: HTML {
        """
        <section id="login" aria-labelledby="login-title">
        <h2 id="login-title">Log in with your key</h2>
        <form class="stack" id="login-form">
        <div><label for="key">Your P-256 key, a PKCS#8 file (.pem)</label>
        <input id="key" type="file" accept=".pem" required></div>
        <div id="passphrase-row" hidden><label for="passphrase">Passphrase of the key</label>
        <input id="passphrase" type="password" autocomplete="off"></div>
        <div><button type="submit">Log in</button></div>
        <p class="muted">The key is read by this page, kept in its memory until you leave, and \
        sent nowhere.</p>
        </form>
        </section>
        """
    }

    private var decision: HTML {
        """
        <form class="stack" id="decision" hidden>
        <h3>Your decision</h3>
        <fieldset><legend>Decision</legend>
        <label><input type="radio" name="kind" value="approve" required> Approve</label>
        <label><input type="radio" name="kind" value="deny"> Deny</label>
        <label><input type="radio" name="kind" value="comment"> Comment</label>
        </fieldset>
        <div id="role-row" hidden><label for="role">Role or step you act in</label>
        <select id="role"></select></div>
        <div><label for="reason">Reason, one line; the applicant reads it</label>
        <input id="reason" maxlength="200" autocomplete="off" required></div>
        <div><button type="submit" class="plain" id="prepare">Show what is signed</button></div>
        <div id="signing" hidden>
        <p>These bytes, and no others, are signed with your key:</p>
        <pre id="payload" tabindex="0" aria-label="What is signed"></pre>
        <p>SHA-256 <code id="payload-digest"></code></p>
        <button type="button" id="sign">Sign and hand in</button>
        </div>
        </form>
        <p class="actions"><button type="button" class="plain" id="back">Back to the queue</button>
        <button type="button" class="plain" id="claim">I am looking at this case</button></p>
        """
    }
}

enum ReviewScript {}
