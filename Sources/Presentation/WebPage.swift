/// A page that needs no other file, no script and no network, for light and dark, narrow screens and paper.
public struct WebPage: Sendable {
    private let title: String
    private let style: HTML
    private let parts: (header: HTML, main: HTML, footer: HTML)

    /// - Parameters:
    ///   - title: the window's.
    ///   - style: what the page needs beside the common style.
    ///   - header: the page's name, and what to know first.
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

/// Parts of pages.
extension HTML {
    public static func section(_ title: String, id: String, _ content: () -> HTML) -> HTML {
        "<section aria-labelledby=\"\(id)\"><h2 id=\"\(id)\">\(title)</h2>\(content())</section>"
    }

    /// - Parameters:
    ///   - label: the table's subject, for those who do not see it.
    ///   - heads: of the columns.
    ///   - rows: `tr` elements, each with as many cells as there are heads.
    ///   - foot: a `tfoot` element, or nothing.
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

    /// One of the main figures, for a `dl` element of the class `numbers`.
    public static func number(_ name: String, _ value: String, of id: String, class group: String = "") -> HTML {
        "<div class=\"\(group)\"><dt>\(name)</dt><dd id=\"number-\(id)\">\(value)</dd></div>"
    }
}
