/// The style of all pages: in light and in dark, on a narrow screen and on paper.
enum PageStyle {
    static let sheet: HTML = """
        :root { color-scheme: light dark;
          --paper: #ffffff; --ink: #1b1f24; --soft: #57606a; --line: #d0d7de; --shade: #f6f8fa; --link: #0a58ca;
          --good: #116329; --warn: #8a4600;
          --fence: #cf222e; }
        @media (prefers-color-scheme: dark) { :root {
          --paper: #0d1117; --ink: #e6edf3; --soft: #9da7b3; --line: #30363d; --shade: #161b22; --link: #79b8ff;
          --good: #56d364; --warn: #e3b341;
          --fence: #ff7b72; } }
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--paper); color: var(--ink);
          font: 16px/1.5 system-ui, "Segoe UI", "DejaVu Sans", sans-serif; }
        header, main, footer { max-width: 68rem; margin: 0 auto; padding: 0 1.25rem; }
        header { padding-top: 2rem; }
        footer { color: var(--soft); padding-bottom: 3rem; font-size: .875rem; }
        h1 { font-size: 1.75rem; line-height: 1.2; margin: 0 0 .25rem; overflow-wrap: anywhere; }
        h2 { font-size: 1.2rem; margin: 2.5rem 0 .75rem; padding-bottom: .25rem; border-bottom: 1px solid var(--line); }
        p { margin: .5rem 0; max-width: 46rem; }
        .soft { color: var(--soft); }
        .verdict { color: var(--good); font-weight: 600; }
        .warn { color: var(--warn); font-weight: 600; }
        .numbers { display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: .75rem; margin: 1.25rem 0; padding: 0; }
        .numbers div { background: var(--shade); border: 1px solid var(--line); border-radius: .5rem; padding: .75rem 1rem; }
        .numbers dt { color: var(--soft); font-size: .875rem; }
        .numbers dd { margin: 0; font-size: 1.35rem; font-weight: 600; font-variant-numeric: tabular-nums; }
        .numbers .fence dd { color: var(--fence); }
        .scroll { overflow-x: auto; }
        .scroll:focus-visible, summary:focus-visible, a:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
        table { border-collapse: collapse; width: 100%; font-size: .9rem; }
        caption { text-align: left; color: var(--soft); padding-bottom: .4rem; }
        th, td { text-align: left; padding: .35rem .75rem .35rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
        thead th, thead td { color: var(--soft); font-weight: 600; white-space: nowrap; }
        tbody th { font-weight: 500; overflow-wrap: anywhere; min-width: 15rem; }
        tfoot th, tfoot td { font-weight: 600; border-bottom: 0; }
        .number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
        code { font: .85em ui-monospace, "DejaVu Sans Mono", monospace; overflow-wrap: anywhere; }
        td code { word-break: break-all; } td code.hash { display: inline-block; min-width: 19rem; } td.hashes code { white-space: nowrap; }
        details { margin: .5rem 0; }
        summary { cursor: pointer; padding: .25rem 0; overflow-wrap: anywhere; }
        @media (max-width: 40rem) { tbody th { min-width: 9rem; } body { font-size: 15px; } h1 { font-size: 1.4rem; } .numbers { grid-template-columns: repeat(2, 1fr); } }
        @media print { :root { --paper: #fff; --ink: #000; --soft: #444; --line: #bbb; --shade: #f4f4f4; --link: #000;
            --good: #0a4a1c; --warn: #6b3600; --fence: #b3151f; }
          body { font-size: 10pt; } header, main, footer { max-width: none; padding: 0; }
          .scroll { overflow: visible; } h2 { break-after: avoid; } tr, svg { break-inside: avoid; }
          details:not([open])::details-content { content-visibility: visible; display: block; } }
        """
}
