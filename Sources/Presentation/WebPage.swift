/// A page that needs no other file, no script and no network, for light and dark, narrow screens and paper.
public struct WebPage: Sendable {
    private let title: String
    private let style: HTML
    private let parts: (header: HTML, main: HTML, footer: HTML)

    /// - Parameters:
    ///   - title: of the window.
    ///   - style: what the page's own parts need beside what every page has.
    ///   - header: the page's name, and what is to be known first.
    ///   - main: the content, in sections.
    ///   - footer: who wrote it, and from what.
    public init(_ title: String, style: HTML = "", header: HTML, main: HTML, footer: HTML) {
        (self.title, self.style, parts) = (title, style, (header, main, footer))
    }

    public var html: HTML {
        """
        <!DOCTYPE html>
        <html lang="en"><head><meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
        <title>\(title)</title>
        <style>\(PageStyle.sheet)
        \(style)</style></head>
        <body><header>\(parts.header)</header>
        <main>
        \(parts.main)
        </main>
        <footer>\(parts.footer)</footer>
        </body></html>

        """
    }
}

/// What pages are made of.
extension HTML {
    public static func section(_ title: String, id: String, _ content: () -> HTML) -> HTML {
        "<section aria-labelledby=\"\(id)\"><h2 id=\"\(id)\">\(title)</h2>\(content())</section>"
    }

    /// - Parameters:
    ///   - label: what it is a table of, for those who do not see it.
    ///   - heads: of the columns.
    ///   - rows: elements `tr`, as many cells in each as there are heads.
    ///   - foot: an element `tfoot`, or nothing.
    public static func table(
        _ label: String, _ heads: [(String, isNumber: Bool)], _ rows: [HTML], foot: HTML = ""
    ) -> HTML {
        let cells = heads.map { head -> HTML in
            "<th scope=\"col\"\(head.isNumber ? " class=\"number\"" as HTML : "")>\(head.0)</th>"
        }
        return """
            <div class="scroll" tabindex="0" role="region" aria-label="\(label)"><table><thead><tr>\(cells.joined())</tr></thead>
            <tbody>\(rows.joined(separator: "\n"))</tbody>\(foot)</table></div>
            """
    }

    /// A figure among those that are asked for first, in an element `dl` of the class `numbers`.
    public static func number(_ name: String, _ value: String, of id: String, class group: String = "") -> HTML {
        "<div class=\"\(group)\"><dt>\(name)</dt><dd id=\"number-\(id)\">\(value)</dd></div>"
    }
}
