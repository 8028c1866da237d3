/// An archive that cannot be unpacked, with the place and what is wrong there.
public struct ArchiveError: Error, Equatable, Sendable, CustomStringConvertible {
  public enum Code: Equatable, Sendable {
    /// Neither a tar nor one that was compressed with gzip or zstd.
    case notAnArchive
    /// It ends before what it holds does.
    case truncated
    /// The compressed bytes do not give what was compressed: a checksum or a code that cannot be.
    case corrupt
    /// Bytes that break the format of tar.
    case malformed
    /// A feature that this program does not unpack.
    case unsupported
    /// More than this program is willing to unpack or hold in memory.
    case tooLarge
  }

  /// What `offset` counts.
  public enum Place: Equatable, Sendable {
    /// Bytes of the file as it lies on the disk.
    case file
    /// Bytes of the tar inside of it.
    case unpacked
  }

  public let code: Code
  /// The archive's path.
  public let file: String
  public let offset: UInt64
  public let place: Place
  /// What is wrong, and where there is one, the way out.
  public let reason: String

  init(_ code: Code, _ file: String, at offset: UInt64, of place: Place, _ reason: String) {
    self.code = code
    self.file = file
    self.offset = offset
    self.place = place
    self.reason = reason
  }

  public var description: String {
    "\(file): offset \(offset)\(place == .unpacked ? " of the unpacked tar" : ""): \(reason)"
  }
}
