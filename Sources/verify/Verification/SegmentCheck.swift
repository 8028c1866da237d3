import TSDB

/// Checks the CRC-32C of every chunk of one segment while its bytes pass by, from a file or from a bucket.
struct SegmentCheck: ~Copyable {
  private let file: String
  /// The segment's place among the block's, as chunk references count them.
  private let number: UInt64
  private var scanner: SegmentScanner
  /// The chunks that the segment holds.
  private(set) var chunks = ChunkSet()
  private(set) var isComplete = false
  private var isBroken = false

  init(file: String, number: Int) {
    self.file = file
    self.number = UInt64(number)
    scanner = SegmentScanner(file: file)
  }

  /// Takes the next bytes of the segment.
  mutating func scan(_ window: RawSpan, _ report: inout BlockReport) {
    if isBroken { return }
    do {
      // Copies, as the closure must not reach into `self` while the scanner is changed.
      var chunks = chunks
      let (file, number) = (file, number)
      try scanner.scan(window) { chunk in
        chunks.insert(number << 32 | chunk.offset)
        report.chunksChecked &+= 1
        if !chunk.isIntact {
          report.find(chunk.checksumError(in: file), malformed: .segmentMalformed, checksum: .chunkChecksum)
        } else if !chunk.encoding.isKnown {
          report.find(.unknownEncoding, file: file, offset: chunk.offset, "chunk in \(chunk.encoding)")
        }
      }
      self.chunks = chunks
    } catch {
      fail(error, &report)
    }
  }

  /// To be called when the segment has ended.
  mutating func finish(_ report: inout BlockReport) {
    if isBroken { return }
    do {
      try scanner.finish()
      isComplete = true
    } catch {
      fail(error, &report)
    }
  }

  private mutating func fail(_ error: any Error, _ report: inout BlockReport) {
    isBroken = true
    if let error = error as? TSDBError {
      report.find(error, malformed: .segmentMalformed, checksum: .chunkChecksum)
    } else {
      report.find(.unreadable, file: file, "\(error)")
    }
  }
}
