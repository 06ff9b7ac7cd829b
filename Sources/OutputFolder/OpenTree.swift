import Glibc
import SystemPackage

/// The output folder and the folders in it, each opened once.
final class OpenTree {
    let top: Folder
    let path: FilePath
    private var folders: [String: Folder] = [:]
    /// Folders that this run has made, the outer ones first.
    private var made: [String] = []

    init(_ top: Folder, at path: FilePath) {
        self.top = top
        self.path = path
    }

    /// A path below the folder, for messages.
    func place(of relative: String) -> FilePath { path.appending(FilePath(relative).components) }

    /// - Returns: `nil` if there is no such file or folder.
    func read(_ relative: String) throws(OutputError) -> [UInt8]? {
        try OutputError.reporting("\(place(of: relative)) cannot be read") {
            let (parent, name) = Self.split(relative)
            return try folder(parent)?.read(name, at: place(of: relative))
        }
    }

    /// The folder at that path; `nil` if there is none.
    func folder(_ relative: String) throws -> Folder? {
        if relative.isEmpty { return top }
        if let folder = folders[relative] { return folder }
        let (parent, name) = Self.split(relative)
        guard let folder = try folder(parent), try folder.entry(name) != .missing else { return nil }
        return try open(name, in: folder, as: relative)
    }

    /// The folder at that path. Missing folders are made.
    func madeFolder(_ relative: String) throws -> Folder {
        if let folder = try folder(relative) { return folder }
        let (parent, name) = Self.split(relative)
        let folder = try madeFolder(parent)
        try folder.makeFolder(name)
        made.append(relative)
        return try open(name, in: folder, as: relative)
    }

    private func open(_ name: String, in parent: Folder, as relative: String) throws -> Folder {
        let folder = try parent.folder(name, at: place(of: relative), isMade: false)
        folders[relative] = folder
        return folder
    }

    /// Removes the folders that this run has made, if they are empty.
    func removeMadeFolders() {
        for relative in made.reversed() {
            let (parent, name) = Self.split(relative)
            if (try? folder(parent)?.removeFolder(name)) == true { folders[relative] = nil }
        }
        made = []
    }

    /// To be called after a folder was removed.
    func forget(_ relative: String) { folders[relative] = nil }

    /// Removes a folder, and then those above it, as long as they are empty.
    func removeEmptyFolders(from relative: String) throws {
        var rest = relative
        while !rest.isEmpty {
            let (parent, name) = Self.split(rest)
            guard let folder = try folder(parent), try folder.removeFolder(name) else { return }
            folders[rest] = nil
            rest = parent
        }
    }

    /// The path of the parent folder, and the name in it.
    static func split(_ relative: String) -> (parent: String, name: String) {
        guard let slash = relative.utf8.lastIndex(of: UInt8(ascii: "/")) else { return ("", relative) }
        return (String(relative[..<slash]), String(relative[relative.utf8.index(after: slash)...]))
    }
}
