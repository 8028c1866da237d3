/// One entry of a tar.
public struct TarEntry: Equatable, Sendable {
  public enum Kind: Equatable, Sendable {
    case file
    case directory
    /// A second name of another entry's content, hard or symbolic.
    case link(target: String)
    /// A file whose holes were left out, which this program does not put together again.
    case sparse
    /// A device, a pipe, a part of a multi-volume archive and whatever else is no file.
    case other
  }

  /// Which of the archive's entries this is, from 0.
  public let number: Int
  /// As the archive has it; nothing says that it is harmless.
  public let path: String
  public let kind: Kind
  /// Bytes of the content.
  public let size: UInt64

  /// The names that the path is made of, without `.` and the slash of an absolute one; `nil` if it climbs with `..`.
  public var components: [String]? {
    let parts = path.utf8.split(separator: UInt8(ascii: "/")).map { String(decoding: $0, as: UTF8.self) }
    return parts.contains("..") ? nil : parts.filter { $0 != "." }
  }
}
