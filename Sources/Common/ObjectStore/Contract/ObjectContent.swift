public import Platform

/// What is to be written: read where it lies, so that memory does not grow with it.
public enum ObjectContent: Sendable {
  case bytes([UInt8])
  /// A region of an open file, in bytes.
  case file(OpenFile, Range<UInt64>)
  /// Something that has to be fetched, another bucket's object for instance.
  case source(any ContentSource)

  /// The whole of a file.
  public static func file(_ file: OpenFile) -> ObjectContent { .file(file, 0..<file.size) }

  /// Bytes.
  public var size: UInt64 {
    switch self {
    case .bytes(let bytes): UInt64(bytes.count)
    case .file(_, let range): UInt64(range.count)
    case .source(let source): source.size
    }
  }
}

/// Content that is fetched while it is written.
public protocol ContentSource: Sendable {
  /// Bytes.
  var size: UInt64 { get }

  /// The bytes of a range. Providers ask for ranges in ascending order without gaps, each once, a few at the same time;
  /// no range is larger than a part.
  func read(_ range: Range<UInt64>) async throws -> [UInt8]
}
