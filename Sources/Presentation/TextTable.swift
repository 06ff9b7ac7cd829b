/// Cells in columns, as wide as the longest cell. Each line begins with a blank, so that no name is at the beginning of
/// a line.
public enum TextTable {
    /// - Parameters:
    ///   - lines: all of the same number of cells.
    ///   - textColumns: aligned left; numbers are aligned right.
    public static func text(_ lines: [[String]], textColumns: Set<Int>) -> String {
        let widths = (0..<(lines.first?.count ?? 0)).map { column in lines.map { $0[column].count }.max() ?? 0 }
        return lines.map { line in
            " "
                + zip(line, widths).enumerated().map { column, cell in
                    let padding = String(repeating: " ", count: cell.1 - cell.0.count)
                    return textColumns.contains(column) ? cell.0 + padding : padding + cell.0
                }.joined(separator: "  ")
        }.joined(separator: "\n")
    }
}
