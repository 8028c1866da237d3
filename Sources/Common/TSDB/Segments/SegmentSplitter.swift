/// Cuts a segment whose bytes come in windows into pieces of whole chunks, which can be checked beside each other.
///
/// - Memory: a piece and a window. It grows with the bytes that really come. Of a chunk of more than 1 MiB nothing is
///   kept, see `longChunks`.
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
  /// Where `buffer` begins in the segment, or the long chunk that passes by.
  private var offset: UInt64 = 0
  private var hasHeader = false
  private var long: LongChunk?
  private var failure: TSDBError?
  /// The chunks that belong to no piece, as they are too long for it.
  public private(set) var longChunks: [LongChunk] = []
  /// Where something else than a zero stands in the header behind the version.
  public private(set) var strangeByte: UInt64?

  public init(file: String) { self.file = file }

  /// Bytes that wait for those behind them.
  var keptBytes: Int { buffer.count }

  /// Takes the next bytes of the segment.
  /// - Returns: the pieces of which there are enough bytes.
  public mutating func take(_ window: RawSpan) -> [Piece] {
    if failure != nil { return [] }
    let place = long?.take(window) ?? 0
    if long != nil, !endLong() { return [] }
    let rest = window.extracting(place..<window.byteCount)
    if rest.byteCount > 0 { unsafe rest.withUnsafeBytes { unsafe buffer.append(contentsOf: $0) } }
    return buffer.count < Self.size ? [] : cut()
  }

  /// To be called when the segment has ended.
  /// - Returns: the last pieces, and what is wrong with the segment as a whole.
  public mutating func finish() -> ([Piece], TSDBError?) {
    let pieces = failure == nil ? cut() : []
    let count = long?.passedBytes ?? buffer.count
    if failure == nil, !hasHeader || count > 0 {
      failure = TSDBError(
        code: .truncated, file: file, offset: offset,
        expected: hasHeader ? "a whole chunk" : "the header of a chunk segment, 8 bytes",
        found: "\(count) bytes of it before the end of the file")
    }
    return (pieces, failure)
  }

  private mutating func cut() -> [Piece] {
    var pieces: [Piece] = []
    repeat {
      var whole = 0
      do throws(Fault) {
        try takeHeader()
        if hasHeader { whole = try walk() }
      } catch {
        failure = TSDBError(
          code: error.code, file: file, offset: offset &+ UInt64(error.offset),
          expected: "\(error.expected); the chunks after it cannot be found", found: error.found.map { "\($0)" })
        // What stands before a length that no chunk can have stays.
        whole = error.offset
      }
      if hasHeader, whole > 0 { pieces.append(takePiece(whole)) }
    } while failure == nil && beginLong()
    return pieces
  }

  private mutating func takePiece(_ whole: Int) -> Piece {
    let rest = Array(buffer[whole...])
    buffer.removeLast(rest.count)
    let piece = Piece(offset: offset, bytes: buffer)
    buffer = rest
    offset &+= UInt64(whole)
    return piece
  }

  private mutating func takeHeader() throws(Fault) {
    guard !hasHeader, buffer.count >= SegmentHeader.size else { return }
    try SegmentHeader.check(buffer.rawBytes)
    strangeByte = SegmentHeader.strangeByte(buffer.rawBytes)
    buffer.removeFirst(SegmentHeader.size)
    offset = UInt64(SegmentHeader.size)
    hasHeader = true
  }

  /// - Returns: bytes of the whole chunks at the front of the buffer, up to one that is too long.
  /// - Throws: `Fault` with the place of a length that no chunk can have.
  private func walk() throws(Fault) -> Int {
    let bytes = buffer.rawBytes
    var place = 0
    while let frame = try ChunkFrame.read(bytes, at: place), !frame.isLong, frame.size <= bytes.byteCount &- place {
      place &+= frame.size
    }
    return place
  }

  /// If a chunk that is too long stands at the front of the buffer, lets it pass by.
  /// - Returns: whether it ended in the buffer.
  private mutating func beginLong() -> Bool {
    guard hasHeader, let frame = try? ChunkFrame.read(buffer.rawBytes, at: 0), frame.isLong else { return false }
    var chunk = LongChunk(frame, at: offset)
    let count = chunk.take(buffer.rawBytes)
    buffer.removeFirst(count)
    long = chunk
    return endLong()
  }

  private mutating func endLong() -> Bool {
    guard let chunk = long, chunk.isWhole else { return false }
    longChunks.append(chunk)
    offset &+= UInt64(chunk.size)
    long = nil
    return true
  }
}
