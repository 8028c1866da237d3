/// Cuts a segment whose bytes come in windows into pieces of whole chunks, which can be checked beside each other.
///
/// - Memory: a window stays where it is, and its piece holds it. Copied is only the start of a chunk that goes on in
///   the next one, and what grows there grows with the bytes that really come.
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
  /// Where `carried` begins in the segment.
  private var offset: UInt64 = 0
  private var failure: TSDBError?

  public init(file: String) { self.file = file }

  /// Takes the next bytes of the segment.
  /// - Returns: a piece, if there are enough bytes for one.
  public mutating func take(_ window: [UInt8]) -> Piece? {
    if failure != nil { return nil }
    if gathered.isEmpty, window.count >= Self.size { return cut(window) }
    gathered += window
    return gathered.count < Self.size ? nil : cutGathered()
  }

  /// To be called when the segment has ended.
  /// - Returns: the last piece, and what is wrong with the segment as a whole.
  public mutating func finish() -> (Piece?, TSDBError?) {
    let piece = failure == nil ? cutGathered() : nil
    if failure == nil, offset == 0 || !carried.isEmpty {
      failure = TSDBError(
        code: .truncated, file: file, offset: offset,
        expected: offset == 0 ? "the header of a chunk segment, 8 bytes" : "a whole chunk",
        found: "\(carried.count) bytes of it before the end of the file")
    }
    return (piece, failure)
  }

  private mutating func cutGathered() -> Piece? {
    var window: [UInt8] = []
    swap(&window, &gathered)
    return cut(window)
  }

  private mutating func cut(_ window: [UInt8]) -> Piece? {
    var place = 0
    guard takeHeader(window, &place) else { return nil }
    let start = place
    do throws(Fault) {
      guard try completeCarried(window, &place) else {
        carried += window[start...]
        return nil
      }
    } catch {
      fail(error, at: offset)
      return nil
    }
    do throws(Fault) {
      try Self.pass(window.rawBytes, &place)
    } catch {
      // The chunks before it stay.
      fail(error, at: offset &+ UInt64(carried.count + place - start))
    }
    let front = carried
    carried = Array(window[place...])
    guard place > start else { return nil }
    defer { offset &+= UInt64(front.count + place - start) }
    return Piece(offset: offset, front: front, window: window, range: start..<place)
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
    carried = []
    offset = UInt64(SegmentHeader.size)
    return true
  }

  /// Goes to the end of the chunk that began in an earlier window.
  /// - Returns: whether that is in this one.
  private func completeCarried(_ window: [UInt8], _ place: inout Int) throws(Fault) -> Bool {
    if carried.isEmpty { return true }
    // Its length may be cut in two as well.
    let length = carried.prefix(ChunkFrame.maximumLengthSize) + window[place...].prefix(ChunkFrame.maximumLengthSize)
    guard let frame = try ChunkFrame.read(Array(length).rawBytes, at: 0) else { return false }
    let missing = frame.size - carried.count
    guard missing <= window.count - place else { return false }
    place += missing
    return true
  }

  /// Goes to the end of the last chunk that is whole, or to the start of one whose length is none.
  private static func pass(_ bytes: RawSpan, _ place: inout Int) throws(Fault) {
    while let frame = try ChunkFrame.read(bytes, at: place), frame.size <= bytes.byteCount &- place {
      place &+= frame.size
    }
  }

  /// - Parameter place: of the fault, bytes from the start of the segment.
  private mutating func fail(_ fault: Fault, at place: UInt64) {
    failure = TSDBError(
      code: fault.code, file: file, offset: place,
      expected: "\(fault.expected); the chunks after it cannot be found", found: fault.found.map { "\($0)" })
  }
}
