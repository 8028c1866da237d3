import Platform

/// The file that a page is written to: it appears whole, or not at all.
public struct PageFile: Sendable {
  public let path: String

  public init(path: String) { self.path = path }

  /// Finds out whether the page can be written there, before minutes are spent on what it is to hold.
  /// - Throws: `FileError`.
  public func tryOut() async throws {
    try await BlockingPool.shared.run {
      // Gone again without `commit`.
      _ = try AtomicFile(path)
    }
  }

  /// - Throws: `FileError`.
  public func write(_ html: String) async throws {
    try await BlockingPool.shared.run { try AtomicFile.write(Array(html.utf8), to: path) }
  }
}
