import Platform

/// Where blocks out of an archive are unpacked to, and how many bytes may lie there at any time.
public struct Scratch: Sendable {
  /// The folder in which one of a name of its own is made for the time of the run.
  public let folder: String
  /// Bytes.
  public let limit: UInt64

  /// `$TMPDIR` or `/tmp`, and 64 GiB.
  public static var standard: Scratch {
    let folder = Environment.value("TMPDIR") ?? ""
    return Scratch(folder: folder.isEmpty ? "/tmp" : folder, limit: 64 << 30)
  }

  public init(folder: String, limit: UInt64) {
    self.folder = folder
    self.limit = limit
  }
}
