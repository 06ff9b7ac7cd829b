import SystemPackage

/// Where this repository is checked out.
public enum Checkout {
    /// Its top folder.
    public static let folder: FilePath = here.removingLastComponent().removingLastComponent()
    /// The folder of this module, in which its scripts and SQL files are.
    static let here = FilePath(#filePath).removingLastComponent()
}
