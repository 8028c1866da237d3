import Glibc

/// A system call on a file or folder that failed, with the call, the path and the system's own reason.
public struct FileError: Error, Equatable, Sendable, CustomStringConvertible {
  /// What went wrong, as far as a caller may want to act on it.
  public enum Code: Equatable, Sendable {
    case notFound
    case permissionDenied
    case noSpace
    case notADirectory
    /// The file ended before the bytes that were asked for.
    case endOfFile
    case other
  }

  public let code: Code
  /// The action in words that complete "cannot …": `open`, `read`, `write`, `rename`.
  public let action: String
  public let path: String
  /// The system's error number, 0 where the failure has none.
  public let number: Int32

  public init(action: String, path: String, number: Int32) {
    self.action = action
    self.path = path
    self.number = number
    self.code =
      switch number {
      case ENOENT: .notFound
      case EACCES, EPERM, EROFS: .permissionDenied
      case ENOSPC, EDQUOT: .noSpace
      case ENOTDIR: .notADirectory
      default: .other
      }
  }

  /// A read past the end of a file that was longer before.
  public init(endOfFile path: String) {
    self.action = "read"
    self.path = path
    self.number = 0
    self.code = .endOfFile
  }

  /// The failure of the call that has just returned -1, from `errno`.
  static func last(_ action: String, _ path: String) -> FileError {
    FileError(action: action, path: path, number: errno)
  }

  /// Whether there is something of that name already.
  public var isNameTaken: Bool { number == EEXIST || number == ENOTEMPTY }

  /// For a link that is not followed, the system's reason is that of a folder that is none, or of too many links.
  private var isInTheWay: Bool {
    switch (number, action) {
    case (ELOOP, "open"), (EMLINK, "write to"), (EINVAL, "write to"), (ENOTDIR, "open folder"): true
    default: false
    }
  }

  public var description: String {
    if code == .endOfFile { return "cannot read \(path): it ends before the bytes asked for (was it truncated?)" }
    let wayOut =
      switch code {
      case .permissionDenied: "; run it as a user who may"
      case .noSpace: "; free some and run it again"
      default: isInTheWay ? "; a link or something else of this name is in the way: remove it and run again" : ""
      }
    return "cannot \(action) \(path): \(SystemReason.text(of: number))\(wayOut)"
  }
}

enum SystemReason {
  /// The system's words for an error number, without the shared buffer of `strerror`.
  static func text(of number: Int32) -> String {
    var buffer = [CChar](repeating: 0, count: 256)
    guard unsafe strerror_r(number, &buffer, buffer.count) == 0 else { return "error \(number)" }
    return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}
