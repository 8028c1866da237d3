/// Finds the chunks of one segment file in the order of the file, while its bytes come in windows of any size: from
/// `OpenFile.forEachWindow`, or from a bucket.
///
/// ```swift
/// var scanner = SegmentScanner(file: file.path)
/// try file.forEachWindow(of: 0..<file.size) { window in
///   try scanner.scan(window) { chunk in … }
/// }
/// try scanner.finish()
/// ```
///
/// - Memory: chunks lie in the window; only one that crosses its end is copied, into a buffer that is kept. Nothing is
///   allocated a chunk. The buffer grows with the bytes that really come, to the window or 1 MiB and a little at most;
///   of a longer chunk only the CRC-32C is computed, see `SegmentChunk.hasData`.
/// - Errors: a checksum that does not match is no error here, the chunk says so itself and the next one follows. A
///   length that no chunk can have ends it, since nothing tells where the next chunk begins. After an error the scanner
///   is spent.
public struct SegmentScanner: ~Copyable {
  private let file: String
  private var hasHeader = false
  /// Where the bytes that have not been dealt with begin in the file.
  private var offset: UInt64 = 0
  /// The start of a chunk (or of the header) that goes on in the next window.
  private var carried: [UInt8] = []
  /// One that is too long for that.
  private var long: LongChunk?
  /// Where something else than a zero stands in the header behind the version.
  public private(set) var strangeByte: UInt64?

  /// - Parameter file: what errors call the file, its path or the object's key.
  public init(file: String) { self.file = file }

  /// - Parameter start: where the bytes begin that will come, which has to be the start of a chunk.
  init(file: String, from start: UInt64) {
    self.file = file
    offset = start
    hasHeader = true
  }

  /// Bytes that are kept for the next window.
  var keptBytes: Int { carried.count }

  /// Bytes from the start of the file to the end of the last whole chunk.
  public var scannedBytes: UInt64 { offset }

  /// Bytes from the start of the file to the end of the last window.
  var takenBytes: UInt64 { offset &+ UInt64(truncatingIfNeeded: long?.passedBytes ?? carried.count) }

  /// Takes the next bytes of the file and hands each chunk that ends in them to `body`.
  /// - Throws: what `body` throws, and `TSDBError` for a wrong header or a length that no chunk can have.
  public mutating func scan(_ window: RawSpan, _ body: (borrowing SegmentChunk) throws -> Void) throws {
    var place = 0
    if !hasHeader, try !takeHeader(window, &place) { return }
    if !carried.isEmpty, try !completeCarried(window, &place, body) { return }
    if long != nil, try !completeLong(window, &place, body) { return }
    // Where `window` begins in the file.
    let base = offset &- UInt64(truncatingIfNeeded: place)
    while let frame = try frame(window, at: place, base: base), frame.size <= window.byteCount &- place {
      try body(frame.chunk(in: window, at: place, offset: base &+ UInt64(truncatingIfNeeded: place)))
      place &+= frame.size
      offset = base &+ UInt64(truncatingIfNeeded: place)
    }
    carry(window, from: &place, upTo: window.byteCount)
  }

  /// To be called when the file has ended.
  /// - Throws: `TSDBError` with `.truncated` when it ended inside a chunk or its header.
  public mutating func finish() throws(TSDBError) {
    guard hasHeader else {
      let expected = "the header of a chunk segment, 8 bytes"
      throw TSDBError(code: .truncated, file: file, offset: UInt64(carried.count), expected: expected)
    }
    let count = long?.passedBytes ?? carried.count
    guard count == 0 else {
      let found = "\(count) bytes of it before the end of the file"
      throw TSDBError(code: .truncated, file: file, offset: offset, expected: "a whole chunk", found: found)
    }
  }

  @inline(__always)
  private func frame(_ bytes: RawSpan, at place: Int, base: UInt64) throws(TSDBError) -> ChunkFrame? {
    do throws(Fault) {
      return try ChunkFrame.read(bytes, at: place)
    } catch {
      throw TSDBError(
        code: error.code, file: file, offset: base &+ UInt64(truncatingIfNeeded: place),
        expected: "\(error.expected); the chunks after it cannot be found", found: error.found.map { "\($0)" })
    }
  }

  /// - Returns: whether the header is complete.
  private mutating func takeHeader(_ window: RawSpan, _ place: inout Int) throws -> Bool {
    carry(window, from: &place, upTo: min(window.byteCount, SegmentHeader.size - carried.count))
    if carried.count < SegmentHeader.size { return false }
    do throws(Fault) {
      try SegmentHeader.check(carried.rawBytes)
    } catch {
      throw TSDBError(error, in: file)
    }
    hasHeader = true
    strangeByte = SegmentHeader.strangeByte(carried.rawBytes)
    carried.removeAll(keepingCapacity: true)
    offset = UInt64(SegmentHeader.size)
    return true
  }

  /// Brings the chunk that began in an earlier window to its end.
  /// - Returns: whether it ended in this one, or is too long to be kept.
  private mutating func completeCarried(
    _ window: RawSpan, _ place: inout Int, _ body: (borrowing SegmentChunk) throws -> Void
  ) throws -> Bool {
    while true {
      let frame = try frame(carried.rawBytes, at: 0, base: offset)
      if let frame, frame.isLong, frame.size > carried.count {
        var chunk = LongChunk(frame, at: offset)
        _ = chunk.take(carried.rawBytes)
        long = chunk
        carried = []
        return true
      }
      // Until the length is complete it is read byte by byte.
      let missing = (frame?.size ?? carried.count + 1) - carried.count
      if let frame, missing == 0 {
        try body(frame.chunk(in: carried.rawBytes, at: 0, offset: offset))
        offset &+= UInt64(frame.size)
        carried.removeAll(keepingCapacity: true)
        return true
      }
      if place == window.byteCount { return false }
      carry(window, from: &place, upTo: place + min(missing, window.byteCount - place))
    }
  }

  /// Brings the chunk that is too long to be kept to its end.
  /// - Returns: whether it ended in this window.
  private mutating func completeLong(
    _ window: RawSpan, _ place: inout Int, _ body: (borrowing SegmentChunk) throws -> Void
  ) throws -> Bool {
    guard var chunk = long else { return true }
    place += chunk.take(window.extracting(place..<window.byteCount))
    long = chunk.isWhole ? nil : chunk
    guard chunk.isWhole else { return false }
    try body(chunk.chunk(window))
    offset &+= UInt64(chunk.size)
    return true
  }

  private mutating func carry(_ window: RawSpan, from place: inout Int, upTo end: Int) {
    if place == end { return }
    unsafe window.extracting(place..<end).withUnsafeBytes { unsafe carried.append(contentsOf: $0) }
    place = end
  }
}
