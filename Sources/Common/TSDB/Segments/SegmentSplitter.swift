/// Cuts a segment whose bytes come in windows into pieces of whole chunks, which can be checked beside each other.
///
/// - Memory: a piece, or one chunk that is longer. It grows with the bytes that really come.
/// - Errors: as `SegmentScanner`; the chunks before one of impossible length still come.
public struct SegmentSplitter: Sendable {
  /// Whole chunks, one behind the other.
  public struct Piece: Sendable {
    /// Of the first chunk, bytes from the start of the segment.
    public let offset: UInt64
    public let bytes: [UInt8]
  }

  /// Bytes of a piece: less would cost more in handing them over than in looking at them.
  private static let size = 1 << 20

  private let file: String
  private var buffer: [UInt8] = []
  /// Where `buffer` begins in the segment.
  private var offset: UInt64 = 0
  /// Bytes of whole chunks at the front of `buffer`.
  private var whole = 0
  private var failure: TSDBError?

  public init(file: String) { self.file = file }

  /// Takes the next bytes of the segment.
  /// - Returns: a piece, if there are enough bytes for one.
  public mutating func take(_ window: RawSpan) -> Piece? {
    if failure != nil { return nil }
    unsafe window.withUnsafeBytes { unsafe buffer.append(contentsOf: $0) }
    return buffer.count < Self.size ? nil : cut()
  }

  /// To be called when the segment has ended.
  /// - Returns: the last piece, and what is wrong with the segment as a whole.
  public mutating func finish() -> (Piece?, TSDBError?) {
    let piece = failure == nil ? cut() : nil
    if failure == nil, offset == 0 || !buffer.isEmpty {
      failure = TSDBError(
        code: .truncated, file: file, offset: offset,
        expected: offset == 0 ? "the header of a chunk segment, 8 bytes" : "a whole chunk",
        found: "\(buffer.count) bytes of it before the end of the file")
    }
    return (piece, failure)
  }

  private mutating func cut() -> Piece? {
    do throws(Fault) {
      try walk()
    } catch {
      failure = TSDBError(
        code: error.code, file: file, offset: offset &+ UInt64(error.offset),
        expected: "\(error.expected); the chunks after it cannot be found", found: error.found.map { "\($0)" })
    }
    guard whole > 0 else { return nil }
    let rest = Array(buffer[whole...])
    buffer.removeLast(rest.count)
    let piece = Piece(offset: offset, bytes: buffer)
    buffer = rest
    offset &+= UInt64(whole)
    whole = 0
    return piece
  }

  /// Finds the whole chunks at the front of the buffer.
  private mutating func walk() throws(Fault) {
    if offset == 0 {
      guard buffer.count >= SegmentHeader.size else { return }
      try SegmentHeader.check(buffer.rawBytes)
      buffer.removeFirst(SegmentHeader.size)
      offset = UInt64(SegmentHeader.size)
    }
    // What was found before a length that no chunk can have stays.
    var place = 0
    let result = Result { () throws(Fault) in try Self.pass(buffer.rawBytes, &place) }
    whole = place
    try result.get()
  }

  private static func pass(_ bytes: RawSpan, _ place: inout Int) throws(Fault) {
    while let frame = try ChunkFrame.read(bytes, at: place), frame.size <= bytes.byteCount &- place {
      place &+= frame.size
    }
  }
}
