public import SystemPackage

/// Files below a folder that people wrote.
public enum FileSearch {
    /// Returns the files in the order of their paths, without hidden ones and those that a render wrote. Links are not
    /// followed.
    ///
    /// - Parameters:
    ///   - folder: the folder to search.
    ///   - names: which names are wanted.
    /// - Throws: ``OutputError`` where a folder cannot be read.
    public static func files(
        below folder: FilePath, where names: (String) -> Bool
    ) throws(OutputError) -> [FilePath] {
        var found: [FilePath] = []
        var open = [folder]
        while let place = open.popLast() {
            try OutputError.reporting("\(place) cannot be read") {
                let listed = try Folder.open(place, isMade: false, disk: .real)
                let entries = try listed.names().filter { !$0.hasPrefix(".") || $0 == FileIndex.fileName }
                guard !entries.contains(FileIndex.fileName) else { return }
                for name in entries {
                    switch try listed.entry(name) {
                    case .folder: open.append(place.appending(name))
                    case .file where names(name): found.append(place.appending(name))
                    case .file, .missing, .link, .other: continue
                    }
                }
            }
        }
        return found.sorted { $0.string < $1.string }
    }
}
