/// How pages look. No colour stands for anything that a word or a shape does not say too, and all
/// pairs of text and ground keep the contrast of WCAG 2.2 AA in both schemes.
enum Stylesheet {
    /// Colours, type and the frame.
    static let base = """
        :root {
          color-scheme: light dark;
          --ground: #f6f7f9; --surface: #ffffff; --raised: #eef1f5; --line: #d5dbe3;
          --text: #16202c; --muted: #55616f; --accent: #0b5cad; --accent-text: #ffffff;
          --accent-soft: #e3eefa; --good: #0f6b3f; --good-soft: #e0f3e8; --warning: #7a4b00;
          --warning-soft: #fcefd6; --bad: #a5241c; --bad-soft: #fbe5e3; --bar: #2f7fd1;
          --bar-out: #8b97a5; --shadow: 0 1px 2px rgb(16 24 40 / 6%), 0 1px 3px rgb(16 24 40 / 8%);
          --line-1: #0b5cad; --line-2: #b45309; --line-3: #0f766e; --line-4: #7e3aa8;
          --line-5: #b4235f; --line-6: #4d5b00;
        }
        @media (prefers-color-scheme: dark) {
          :root {
            --ground: #0e1319; --surface: #161d26; --raised: #1f2833; --line: #303b48;
            --text: #e7ecf2; --muted: #a3b0be; --accent: #7db7f5; --accent-text: #0b1724;
            --accent-soft: #19304a; --good: #6fd39c; --good-soft: #133524; --warning: #f0bf6a;
            --warning-soft: #3a2b0e; --bad: #ff9d94; --bad-soft: #431c1a; --bar: #4b94dd;
            --bar-out: #6d7a89; --shadow: none;
            --line-1: #7db7f5; --line-2: #f0a35e; --line-3: #5fd0c5; --line-4: #cf9bf0;
            --line-5: #f58ab5; --line-6: #c9d45c;
          }
        }
        *, *::before, *::after { box-sizing: border-box; }
        html { -webkit-text-size-adjust: 100%; scroll-padding-top: 1rem; }
        body {
          margin: 0; background: var(--ground); color: var(--text);
          font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial,
            "DejaVu Sans", sans-serif;
        }
        main, .bar, nav[aria-label="Main"] ul {
          max-width: 74rem; margin-inline: auto; padding-inline: clamp(1rem, 3vw, 2rem);
        }
        main { padding-block: 1.5rem 3rem; }
        main:focus { outline: none; }
        h1 {
          margin: 0 0 .35rem; font-size: clamp(1.5rem, 1.2rem + 1.4vw, 2.1rem); line-height: 1.2;
          letter-spacing: -.015em; overflow-wrap: anywhere;
        }
        h2 { margin: 0 0 .75rem; font-size: 1.2rem; line-height: 1.3; }
        h3 { margin: 1.25rem 0 .5rem; font-size: 1rem; }
        p { margin: 0 0 .75rem; max-width: 70ch; }
        a { color: var(--accent); text-underline-offset: .15em; text-decoration-thickness: 1px; }
        a:hover { text-decoration-thickness: 2px; }
        :focus-visible {
          outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 3px;
        }
        code, pre, .id {
          font-family: ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
          font-size: .9em;
        }
        code { overflow-wrap: anywhere; }
        .id { white-space: nowrap; }
        pre {
          margin: 0 0 .75rem; padding: .8rem 1rem; overflow: auto; max-height: 32rem;
          background: var(--raised); border: 1px solid var(--line); border-radius: 8px;
          line-height: 1.5; white-space: pre-wrap; overflow-wrap: anywhere;
        }
        small { font-size: .85rem; }
        .muted { color: var(--muted); }
        .hidden {
          position: absolute; width: 1px; height: 1px; margin: -1px; overflow: hidden;
          clip-path: inset(50%); white-space: nowrap;
        }
        .skip {
          position: absolute; left: 1rem; top: -4rem; z-index: 1; padding: .6rem 1rem;
          background: var(--accent); color: var(--accent-text); border-radius: 0 0 8px 8px;
        }
        .skip:focus { top: 0; }

        .top { background: var(--surface); border-bottom: 1px solid var(--line); }
        .bar {
          display: flex; flex-wrap: wrap; align-items: center; gap: .5rem 1.25rem;
          padding-block: .7rem;
        }
        .brand {
          display: inline-flex; align-items: center; gap: .55rem; font-weight: 700;
          color: var(--text); text-decoration: none; min-height: 2.25rem;
        }
        .mark {
          width: 1.15rem; height: 1.15rem; border-radius: 5px; background: var(--accent);
          box-shadow: inset 0 0 0 4px var(--accent), inset 0 0 0 7px var(--surface);
        }
        .network {
          font-weight: 500; color: var(--muted); padding-left: .55rem;
          border-left: 1px solid var(--line);
        }
        .pulse { margin: 0; color: var(--muted); font-variant-numeric: tabular-nums; }
        .pulse::before {
          content: ""; display: inline-block; width: .55rem; height: .55rem; margin-right: .45rem;
          border-radius: 50%; border: 2px solid var(--muted);
        }
        .pulse.on::before { background: var(--good); border-color: var(--good); }
        .pulse.stale { color: var(--bad); }
        .search { display: flex; gap: .4rem; margin-left: auto; flex: 1 1 16rem; max-width: 26rem; }
        .search input { flex: 1; min-width: 0; }
        nav[aria-label="Main"] ul {
          display: flex; flex-wrap: wrap; gap: .1rem .25rem; margin-block: 0; list-style: none;
          padding-bottom: .35rem;
        }
        nav[aria-label="Main"] a {
          display: block; padding: .4rem .35rem; border-radius: 6px; color: var(--muted);
          text-decoration: none; font-weight: 500;
        }
        nav[aria-label="Main"] li { margin-left: -.35rem; margin-right: .35rem; }
        nav[aria-label="Main"] a:hover { background: var(--raised); color: var(--text); }
        nav[aria-label="Main"] a[aria-current] {
          color: var(--text); box-shadow: inset 0 -3px 0 var(--accent);
          border-radius: 6px 6px 0 0;
        }
        footer {
          --side: clamp(1rem, 3vw, 2rem);
          display: flex; flex-wrap: wrap; gap: 0 2rem; padding-block: 1.25rem 2rem;
          padding-inline: calc(max(0px, (100% - 74rem) / 2) + var(--side));
          border-top: 1px solid var(--line); font-size: .9rem;
        }
        footer p { margin: .25rem 0; }

        input, button, select {
          font: inherit; min-height: 2.5rem; border-radius: 8px; padding: .35rem .75rem;
          color: inherit;
        }
        input { background: var(--surface); border: 1px solid #7c8896; max-width: 100%; }
        button {
          background: var(--accent); color: var(--accent-text); border: 1px solid transparent;
          font-weight: 600; cursor: pointer;
        }
        button:hover { filter: brightness(1.08); }
        button:disabled { opacity: .6; }

        """
}
