public import Console
import Platform

/// The file that a page is written to: it appears whole, or not at all.
public struct PageFile: Sendable {
  public let path: String

  public init(path: String) { self.path = path }

  /// There is a folder of that name.
  public struct IsFolder: ErrorWithExitStatus, CustomStringConvertible {
    let path: String
    public var description: String { "--html \(path) is a folder: give the file to write in it" }
    public var exitStatus: ExitStatus { .usage }
  }

  /// Finds out whether the page can be written there, before minutes are spent on what it is to hold.
  /// - Throws: `FileError`, `IsFolder`.
  public func tryOut() async throws {
    try await BlockingPool.shared.run {
      if (try? Directory.entries(of: path)) != nil { throw IsFolder(path: path) }
      // Gone again without `commit`.
      _ = try AtomicFile(path)
    }
  }

  /// - Throws: `FileError`.
  public func write(_ html: String) async throws {
    try await BlockingPool.shared.run { try AtomicFile.write(Array(html.utf8), to: path) }
  }
}
