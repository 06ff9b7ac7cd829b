import Presentation

/// The style of the timeline. Everything else is styled as on every page.
enum EvidenceStyle {
    static let sheet: HTML = """
        :root { --schema: #6e7781; --copy: #2f6fdb; --verify: #1f9d8b; --index: #8957e5; --finish: #b8860b; --seal: #116329; }
        @media (prefers-color-scheme: dark) { :root {
          --schema: #8b949e; --copy: #58a6ff; --verify: #39c5bb; --index: #bc8cff; --finish: #d4a72c; --seal: #56d364; } }
        figure + figure, details + figure { margin-top: 1.5rem !important; } .timeline { width: 100%; min-width: 40rem; height: auto; display: block; }
        .legend { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; list-style: none; padding: 0; margin: .75rem 0; font-size: .875rem; color: var(--soft); }
        .legend svg { width: .8rem; height: .8rem; margin-right: .4rem; vertical-align: -.05rem; }
        svg text { fill: var(--ink); font: 12px system-ui, "Segoe UI", "DejaVu Sans", sans-serif; }
        svg .axis { fill: var(--soft); }
        svg .grid { stroke: var(--line); }
        svg .lane { fill: var(--shade); }
        .schema { fill: var(--schema); } .copy { fill: var(--copy); } .verify { fill: var(--verify); }
        .index { fill: var(--index); } .finish { fill: var(--finish); } .seal { fill: var(--seal); }
        .round { fill: var(--soft); }
        .band { fill: var(--fence); fill-opacity: .22; } .edge { stroke: var(--fence); stroke-width: 1.5; }
        svg text.fence { fill: var(--fence); font-weight: 600; }
        """
}
