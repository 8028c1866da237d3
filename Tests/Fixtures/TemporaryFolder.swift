import Platform

/// A folder of a test's own, gone with this object.
public final class TemporaryFolder: Sendable {
  /// Absolute.
  public let path: String

  public init() throws {
    path = "/tmp/blockhaul-test-\(String(UInt64.random(in: 0...UInt64.max), radix: 36))"
    try Directory.create(path)
  }

  deinit { Self.remove(path) }

  private static func remove(_ folder: String) {
    for entry in (try? Directory.entries(of: folder)) ?? [] {
      let path = "\(folder)/\(entry.name)"
      if entry.kind == .directory, !entry.isLink { remove(path) } else { _ = try? Directory.removeFile(path) }
    }
    Directory.removeIfEmpty(folder)
  }
}
