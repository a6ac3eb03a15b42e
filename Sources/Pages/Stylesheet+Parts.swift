extension Stylesheet {
    /// Sections, tables, figures, charts, and what narrow screens and paper change.
    static let parts = """
        section {
          background: var(--surface); border: 1px solid var(--line); border-radius: 12px;
          box-shadow: var(--shadow); padding: clamp(1rem, 2.2vw, 1.5rem); margin-top: 1.25rem;
        }
        section > :last-child, section [data-live] > :last-child { margin-bottom: 0; }
        .lead { color: var(--muted); }
        .lead .badge { margin-right: .4rem; }
        .actions { display: flex; flex-wrap: wrap; gap: .5rem 1.25rem; margin: 0; }
        .picker { display: flex; flex-wrap: wrap; align-items: end; gap: .6rem; margin: 0 0 1rem; }
        .picker label { display: block; font-weight: 600; margin-bottom: .25rem; }
        .note {
          border-left: 4px solid var(--accent); background: var(--accent-soft); max-width: none;
          padding: .6rem .9rem; border-radius: 0 8px 8px 0;
        }
        .badge {
          display: inline-block; padding: .05rem .55rem; border-radius: 999px; font-size: .85rem;
          font-weight: 600; border: 1px solid currentcolor; white-space: nowrap;
        }
        .badge.good { color: var(--good); background: var(--good-soft); }
        .badge.warning { color: var(--warning); background: var(--warning-soft); }
        .badge.bad { color: var(--bad); background: var(--bad-soft); }
        .badge.plain { color: var(--muted); background: var(--raised); }

        dl { margin: 0; }
        dd { margin: 0; }
        .figures {
          display: grid; gap: 1px; grid-template-columns: repeat(auto-fit, minmax(11rem, 1fr));
          background: var(--line); border: 1px solid var(--line); border-radius: 12px;
          overflow: hidden; box-shadow: var(--shadow); margin-top: 1.25rem;
        }
        .figures > div { background: var(--surface); padding: .9rem 1.1rem; }
        .figures dt { color: var(--muted); font-size: .9rem; }
        .figures dd {
          font-size: 1.5rem; font-weight: 650; line-height: 1.3; letter-spacing: -.01em;
          font-variant-numeric: tabular-nums;
        }
        .figures small {
          display: block; font-weight: 400; color: var(--muted); letter-spacing: 0;
          margin-top: .15rem;
        }
        .facts > div {
          display: grid; grid-template-columns: minmax(8rem, 13rem) 1fr; gap: .25rem 1.25rem;
          padding: .45rem 0; border-bottom: 1px solid var(--line);
        }
        .facts > div:last-child { border-bottom: 0; }
        .facts dt { color: var(--muted); }
        .facts dd { min-width: 0; overflow-wrap: anywhere; }
        .whole { overflow-wrap: anywhere; }

        table { width: 100%; border-collapse: collapse; }
        th, td { padding: .5rem .6rem; text-align: left; vertical-align: top; }
        th {
          font-size: .85rem; font-weight: 600; color: var(--muted);
          border-bottom: 1px solid var(--line); vertical-align: bottom;
        }
        td { border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
        tbody tr:last-child td { border-bottom: 0; }
        tbody tr:hover td { background: var(--raised); }
        td.number, th.number {
          text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap;
        }
        td:first-child, th:first-child { padding-left: 0; text-align: left; }
        td .meter { width: 14rem; max-width: 100%; }
        main > .actions, section + p { margin-top: 1rem; }
        td:last-child, th:last-child { padding-right: 0; }
        td .head { display: none; }
        .pager { display: flex; flex-wrap: wrap; gap: 1.25rem; margin-top: 1rem; }
        .pager a, .actions a { display: inline-block; padding: .25rem 0; }

        .ranking { list-style: none; margin: 0; padding: 0; }
        .ranking > li {
          display: grid; grid-template-columns: 2.2rem minmax(0, 1fr) auto; gap: .15rem .75rem;
          align-items: baseline; padding: .7rem 0; border-bottom: 1px solid var(--line);
        }
        .ranking > li:last-child { border-bottom: 0; }
        .rank { font-weight: 650; color: var(--muted); font-variant-numeric: tabular-nums; }
        .who { display: flex; flex-wrap: wrap; gap: .2rem .7rem; align-items: baseline; }
        .who > *, p { min-width: 0; overflow-wrap: anywhere; }
        .tally { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
        .tally strong { font-size: 1.1rem; }
        .ranking > li > .meter { grid-column: 2 / -1; }
        .ranking > .seat-line {
          display: flex; gap: .8rem; align-items: center; padding: .4rem 0; border: 0;
          color: var(--text); font-weight: 600; font-size: .9rem;
        }
        .seat-line::before, .seat-line::after {
          content: ""; flex: 1 0 1.5rem; border-top: 2px dashed var(--text);
        }
        .meter { display: block; width: 100%; height: .6rem; border-radius: 3px; }
        .meter .track { fill: var(--raised); }
        .meter .fill { fill: var(--bar); }
        .meter.out .fill { fill: var(--bar-out); }

        .meter .now { stroke: var(--text); stroke-width: 2; vector-effect: non-scaling-stroke; }
        .share { display: block; font-variant-numeric: tabular-nums; }
        ul.plain { list-style: none; margin: 0; padding: 0; }
        ul.plain li + li { margin-top: .2rem; }
        .ends { display: flex; justify-content: space-between; gap: 1rem; max-width: none; }
        .spans > li { grid-template-columns: minmax(0, 1fr) auto; }
        .spans > li > .meter { grid-column: 1 / -1; height: .9rem; }
        details { margin-top: 1rem; }
        summary { cursor: pointer; padding: .25rem 0; font-weight: 600; }

        .plot {
          display: grid; grid-template-columns: auto minmax(0, 1fr); gap: .5rem .6rem;
          font-size: .85rem; color: var(--muted); font-variant-numeric: tabular-nums;
        }
        .plot > svg { width: 100%; height: clamp(11rem, 30vw, 19rem); overflow: visible; }
        .plot ol { list-style: none; margin: 0; padding: 0; display: flex; }
        .plot .y {
          flex-direction: column; justify-content: space-between; text-align: right;
          margin-block: -.65rem;
        }
        .plot .x { grid-column: 2; justify-content: space-between; gap: .5rem; }
        .plot .x li:last-child { text-align: right; }
        .grid, .mark, .path { fill: none; vector-effect: non-scaling-stroke; }
        .grid { stroke: var(--line); stroke-width: 1; }
        .mark { stroke: var(--muted); stroke-width: 1.5; stroke-dasharray: 3 4; }
        .path { stroke-width: 2.5; stroke-linejoin: round; }
        .s1 { stroke: var(--line-1); }
        .s2 { stroke: var(--line-2); stroke-dasharray: 9 4; }
        .s3 { stroke: var(--line-3); stroke-dasharray: 2 5; stroke-linecap: round; }
        .s4 { stroke: var(--line-4); stroke-dasharray: 12 4 2 4; }
        .s5 { stroke: var(--line-5); stroke-dasharray: 5 3; }
        .s6 { stroke: var(--line-6); stroke-dasharray: 18 6; }
        .legend {
          display: flex; flex-wrap: wrap; gap: .3rem 1.4rem; list-style: none; padding: 0;
          margin: .75rem 0 0;
        }
        .legend li { display: flex; align-items: center; gap: .5rem; }
        .legend svg { flex: none; }

        @media (max-width: 44rem) {
          .search { max-width: none; flex-basis: 100%; }
          .facts > div { grid-template-columns: 1fr; gap: 0; }
          .figures { grid-template-columns: repeat(2, 1fr); }
          .figures > div { padding: .75rem .8rem; }
          .figures > div:last-child:nth-child(odd) { grid-column: 1 / -1; }
          .figures dd { font-size: 1.25rem; }
          .list thead {
            position: absolute; width: 1px; height: 1px; overflow: hidden;
            clip-path: inset(50%);
          }
          .list, .list tbody { display: block; }
          .list tr {
            display: block; padding: .6rem 0; border-bottom: 1px solid var(--line);
          }
          .list tr:last-child { border-bottom: 0; }
          .list td, .list td.number {
            display: grid; grid-template-columns: 7.5rem minmax(0, 1fr); gap: .75rem;
            padding: .15rem 0; border: 0; text-align: left; white-space: normal;
          }
          .list td .meter { width: 100%; }
          .list .id, .ranking .id, .badge { white-space: normal; overflow-wrap: anywhere; }
          .list td .head { display: inline; color: var(--muted); font-size: .85rem; }
          .plot .x li:nth-child(even) { display: none; }
          .spans > li { grid-template-columns: minmax(0, 1fr); }
          .spans .tally { text-align: left; white-space: normal; }
        }
        @media (prefers-reduced-motion: no-preference) {
          .meter .fill { transition: width .4s; }
        }
        @media print {
          .search, .skip, .picker, nav { display: none; }
          body { background: #fff; color: #000; }
          section, .figures { box-shadow: none; break-inside: avoid; }
        }
        @media (forced-colors: active) {
          .meter .fill { fill: CanvasText; }
          .path { stroke: CanvasText; }
        }

        """
}
