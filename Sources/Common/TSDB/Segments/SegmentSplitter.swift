/// Cuts a segment whose bytes come in windows into pieces of whole chunks, which can be checked beside each other.
///
/// - Memory: a window stays where it is, and its piece holds it. Copied is only the start of a chunk that goes on in the
///   next one, and what grows there grows with the bytes that really come. Of a chunk of more than 1 MiB nothing is
///   kept, see `longChunks`.
/// - Errors: as `SegmentScanner`; the chunks before one of impossible length still come.
public struct SegmentSplitter: Sendable {
  /// Whole chunks, one behind the other.
  public struct Piece: Sendable {
    /// Of the first chunk, bytes from the start of the segment.
    public let offset: UInt64
    /// The start of the first chunk, where that came with the window before.
    private let front: [UInt8]
    private let window: [UInt8]
    /// What of the window belongs to the piece.
    private let range: Range<Int>

    fileprivate init(offset: UInt64, front: [UInt8], window: [UInt8], range: Range<Int>) {
      (self.offset, self.front, self.window, self.range) = (offset, front, window, range)
    }

    /// Whole chunks that were read by themselves.
    /// - Parameter offset: of the first, bytes from the start of the segment.
    public init(offset: UInt64, _ bytes: [UInt8]) {
      self.init(offset: offset, front: [], window: bytes, range: 0..<bytes.count)
    }

    /// Where the last chunk ends, bytes from the start of the segment.
    public var end: UInt64 { offset &+ UInt64(truncatingIfNeeded: front.count &+ range.count) }

    /// Hands over the chunks in their order.
    /// - Parameter file: what errors call the segment.
    /// - Throws: what `body` throws, and `TSDBError` for bytes that are no whole chunks, which no splitter cuts.
    public func forEachChunk(of file: String, _ body: (borrowing SegmentChunk) throws -> Void) throws {
      var scanner = SegmentScanner(file: file, from: offset)
      if !front.isEmpty { try scanner.scan(unsafe front.span.bytes, body) }
      try scanner.scan(unsafe window.span.bytes.extracting(range), body)
      try scanner.finish()
    }

    /// Hands over the bytes in their order, in runs that need not end with a chunk.
    public func forEachRun(_ body: (RawSpan) throws -> Void) rethrows {
      if !front.isEmpty { try body(unsafe front.span.bytes) }
      try body(unsafe window.span.bytes.extracting(range))
    }
  }

  /// Bytes that are looked at at least: less would cost more in handing them over than in looking at them.
  private static let size = 256 << 10

  private let file: String
  /// Windows that were too small.
  private var gathered: [UInt8] = []
  /// The start of a chunk, or of the header, that goes on in the next window.
  private var carried: [UInt8] = []
  /// Where `carried` begins in the segment, or the long chunk that passes by.
  private var offset: UInt64 = 0
  private var long: LongChunk?
  private var failure: TSDBError?
  /// The chunks that belong to no piece, as they are too long for it.
  public private(set) var longChunks: [LongChunk] = []
  /// Where something else than a zero stands in the header behind the version.
  public private(set) var strangeByte: UInt64?

  public init(file: String) { self.file = file }

  /// Bytes that wait for those behind them.
  var keptBytes: Int { carried.count + gathered.count }

  /// Takes the next bytes of the segment.
  /// - Returns: the pieces of which there are enough bytes.
  public mutating func take(_ window: [UInt8]) -> [Piece] {
    if failure != nil { return [] }
    if gathered.isEmpty, window.count >= Self.size { return cut(window) }
    gathered += window
    return gathered.count < Self.size ? [] : cutGathered()
  }

  /// To be called when the segment has ended.
  /// - Returns: the last pieces, and what is wrong with the segment as a whole.
  public mutating func finish() -> ([Piece], TSDBError?) {
    let pieces = failure == nil ? cutGathered() : []
    let count = long?.passedBytes ?? carried.count
    if failure == nil, offset == 0 || count > 0 {
      failure = TSDBError(
        code: .truncated, file: file, offset: offset,
        expected: offset == 0 ? "the header of a chunk segment, 8 bytes" : "a whole chunk",
        found: "\(count) bytes of it before the end of the file")
    }
    return (pieces, failure)
  }

  private mutating func cutGathered() -> [Piece] {
    var window: [UInt8] = []
    swap(&window, &gathered)
    return cut(window)
  }

  private mutating func cut(_ window: [UInt8]) -> [Piece] {
    var place = 0
    guard takeHeader(window, &place) else { return [] }
    var pieces: [Piece] = []
    while failure == nil, place < window.count {
      if long != nil {
        passLong(window, &place)
      } else if let piece = cutPiece(window, &place) {
        pieces.append(piece)
      }
    }
    return pieces
  }

  /// Goes to the end of the window, to a chunk that is too long to be kept, or to a length that no chunk has.
  private mutating func cutPiece(_ window: [UInt8], _ place: inout Int) -> Piece? {
    let start = place
    var next: ChunkFrame?
    do throws(Fault) {
      guard try completeCarried(window, &place) else { return nil }
    } catch {
      fail(error, at: offset)
      return nil
    }
    do throws(Fault) {
      next = try Self.pass(window.rawBytes, &place)
    } catch {
      // The chunks before it stay.
      fail(error, at: offset &+ UInt64(carried.count + place - start))
    }
    let front = carried
    let piece = place > start ? Piece(offset: offset, front: front, window: window, range: start..<place) : nil
    if place > start { offset &+= UInt64(front.count + place - start) }
    if let next, next.isLong {
      carried = []
      long = LongChunk(next, at: offset)
    } else {
      carried = Array(window[place...])
      place = window.count
    }
    return piece
  }

  /// - Returns: whether the header has come, and is one.
  private mutating func takeHeader(_ window: [UInt8], _ place: inout Int) -> Bool {
    guard offset == 0 else { return true }
    place = min(window.count, SegmentHeader.size - carried.count)
    carried += window[..<place]
    guard carried.count == SegmentHeader.size else { return false }
    do throws(Fault) {
      try SegmentHeader.check(carried.rawBytes)
    } catch {
      fail(error, at: UInt64(error.offset))
      return false
    }
    strangeByte = SegmentHeader.strangeByte(carried.rawBytes)
    carried = []
    offset = UInt64(SegmentHeader.size)
    return true
  }

  /// Goes to the end of the chunk that began in an earlier window.
  /// - Returns: whether that is in this one. If not, its bytes are kept, or it is too long for that.
  private mutating func completeCarried(_ window: [UInt8], _ place: inout Int) throws(Fault) -> Bool {
    if carried.isEmpty { return true }
    // Its length may be cut in two as well.
    let length = carried.prefix(ChunkFrame.maximumLengthSize) + window[place...].prefix(ChunkFrame.maximumLengthSize)
    let frame = try ChunkFrame.read(Array(length).rawBytes, at: 0)
    if let frame, frame.isLong {
      var chunk = LongChunk(frame, at: offset)
      _ = chunk.take(carried.rawBytes)
      carried = []
      long = chunk
      return false
    }
    guard let frame, frame.size - carried.count <= window.count - place else {
      carried += window[place...]
      place = window.count
      return false
    }
    place += frame.size - carried.count
    return true
  }

  /// Goes to the end of the last chunk that is whole.
  /// - Returns: the frame of the one behind it, if its length is there.
  /// - Throws: `Fault` where one has a length that is none.
  private static func pass(_ bytes: RawSpan, _ place: inout Int) throws(Fault) -> ChunkFrame? {
    while let frame = try ChunkFrame.read(bytes, at: place) {
      if frame.isLong || frame.size > bytes.byteCount &- place { return frame }
      place &+= frame.size
    }
    return nil
  }

  /// Lets a chunk that is too long to be kept pass by.
  private mutating func passLong(_ window: [UInt8], _ place: inout Int) {
    guard var chunk = long else { return }
    place += chunk.take(window.rawBytes.extracting(place..<window.count))
    long = chunk.isWhole ? nil : chunk
    guard chunk.isWhole else { return }
    longChunks.append(chunk)
    offset &+= UInt64(chunk.size)
  }

  /// - Parameter place: of the fault, bytes from the start of the segment.
  private mutating func fail(_ fault: Fault, at place: UInt64) {
    failure = TSDBError(
      code: fault.code, file: file, offset: place,
      expected: "\(fault.expected); the chunks after it cannot be found", found: fault.found.map { "\($0)" })
  }
}
