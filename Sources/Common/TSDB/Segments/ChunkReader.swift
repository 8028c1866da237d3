internal import Platform

/// Reads single chunks of a block by their references. Keep one a thread.
///
/// - Performance: bytes are read in windows, and references mostly rise, so that a `pread` serves many chunks. The
///   buffer is kept; nothing is allocated a chunk.
public struct ChunkReader: ~Copyable {
  private let segments: ChunkSegments
  private let window: Int
  private var buffer: [UInt8] = []
  /// What `buffer` holds.
  private var segment = -1
  private var start: UInt64 = 0
  private var end: UInt64 = 0

  /// - Parameter window: bytes that are read at once, if no chunk is longer.
  public init(_ segments: ChunkSegments, window: Int = 32 << 10) {
    self.segments = segments
    self.window = max(window, ChunkFrame.maximumLengthSize)
  }

  /// The chunk that a reference of the index points at. Whether its checksum matches it says itself.
  /// - Throws: `TSDBError` when the reference points outside of the segments or at no chunk; `FileError`.
  @_lifetime(&self)
  public mutating func chunk(at reference: UInt64) throws -> SegmentChunk {
    let number = Int(reference >> 32)
    let offset = reference & 0xffff_ffff
    guard number < segments.files.count else {
      throw TSDBError(
        code: .outOfRange, file: segments.folder, offset: 0,
        expected: "a reference into one of \(segments.files.count) segments", found: "segment \(number) from 0")
    }
    let file = segments.files[number]
    guard offset >= UInt64(SegmentHeader.size), offset < file.size else {
      throw TSDBError(
        code: .outOfRange, file: file.path, offset: offset,
        expected: "a reference to an offset of \(SegmentHeader.size) to \(file.size)", found: "\(offset)")
    }
    let frame = try frame(number, file, offset)
    try fill(number, file, offset, frame.size)
    guard end - offset >= UInt64(frame.size) else { throw truncated(file, offset) }
    return frame.chunk(in: buffer.rawBytes, at: Int(offset - start), offset: offset)
  }

  private mutating func frame(_ number: Int, _ file: OpenFile, _ offset: UInt64) throws -> ChunkFrame {
    try fill(number, file, offset, ChunkFrame.maximumLengthSize)
    let bytes = buffer.rawBytes.extracting(first: Int(end - start))
    let frame: ChunkFrame?
    do throws(Fault) {
      frame = try ChunkFrame.read(bytes, at: Int(offset - start))
    } catch {
      throw TSDBError(error, in: file.path, base: start)
    }
    guard let frame else { throw truncated(file, offset) }
    return frame
  }

  /// Makes the buffer hold `count` bytes from `offset` on, or what the file has of them.
  private mutating func fill(_ number: Int, _ file: OpenFile, _ offset: UInt64, _ count: Int) throws(FileError) {
    let wanted = min(file.size, offset + UInt64(count))
    if number == segment, offset >= start, wanted <= end { return }
    let length = Int(min(UInt64(max(window, count)), file.size - offset))
    if buffer.count < length { buffer.append(contentsOf: repeatElement(0, count: length - buffer.count)) }
    segment = -1
    start = offset
    end = offset
    let read = try Self.read(file, offset, length, &buffer)
    guard read == length else { throw FileError(endOfFile: file.path) }
    segment = number
    end = offset + UInt64(length)
  }

  private static func read(
    _ file: OpenFile, _ offset: UInt64, _ length: Int, _ buffer: inout [UInt8]
  ) throws(FileError) -> Int {
    var span = buffer.mutableSpan
    return try unsafe span.withUnsafeMutableBytes { (bytes) throws(FileError) in
      try unsafe file.read(at: offset, into: UnsafeMutableRawBufferPointer(rebasing: bytes[..<length]))
    }
  }

  private func truncated(_ file: OpenFile, _ offset: UInt64) -> TSDBError {
    TSDBError(code: .truncated, file: file.path, offset: offset, expected: "a whole chunk before the end of the file")
  }
}
