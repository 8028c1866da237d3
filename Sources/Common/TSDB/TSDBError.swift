/// Bytes of a block that break the format, with the place and what was expected there.
public struct TSDBError: Error, Equatable, Sendable, CustomStringConvertible {
  public typealias Code = Fault.Code

  public let code: Code
  /// The file's path or the object's key.
  public let file: String
  /// Bytes from the start of the file.
  public let offset: UInt64
  /// What the format asks for at that place.
  public let expected: String
  /// What was there instead, where that says anything.
  public let found: String?

  public init(code: Code, file: String, offset: UInt64, expected: String, found: String? = nil) {
    self.code = code
    self.file = file
    self.offset = offset
    self.expected = expected
    // What is shown of hostile content stays a line.
    self.found = found.map { $0.utf8.count > 120 ? "\($0.prefix(100))…" : $0 }
  }

  /// Names the file of a fault that a parser found.
  /// - Parameter base: where the parsed bytes begin in the file.
  public init(_ fault: Fault, in file: String, base: UInt64 = 0) {
    self.init(
      code: fault.code, file: file, offset: base &+ UInt64(truncatingIfNeeded: fault.offset),
      expected: "\(fault.expected)", found: fault.found.map { "\($0)" })
  }

  public var description: String {
    let place = "\(file): offset \(offset): expected \(expected)"
    return found.map { "\(place), found \($0)" } ?? place
  }
}

/// A fault as the innermost parsers throw it: no memory, no file name, so that the path without faults stays fast.
public struct Fault: Error, Equatable, Sendable {
  public enum Code: String, Equatable, Sendable {
    /// The bytes end before the value does.
    case truncated
    /// The file does not begin with its format's number.
    case badMagic
    case unsupportedVersion
    case checksumMismatch
    /// An offset, reference or length that points outside of what it refers to.
    case outOfRange
    /// A value that the format does not allow.
    case malformed
    /// Larger than this program is willing to hold in memory.
    case tooLarge
    /// A chunk encoding that this program does not know; its checksum can be verified all the same.
    case unknownEncoding
  }

  public let code: Code
  /// Bytes from the start of what was parsed.
  public let offset: Int
  public let expected: StaticString
  public let found: UInt64?

  public init(_ code: Code, at offset: Int, expected: StaticString, found: UInt64? = nil) {
    self.code = code
    self.offset = offset
    self.expected = expected
    self.found = found
  }

  public static func == (left: Fault, right: Fault) -> Bool {
    left.code == right.code && left.offset == right.offset && left.found == right.found
      && left.expected.description == right.expected.description
  }
}
