/// What a segment was found to hold.
public struct SegmentFindings: Sendable {
  /// Its chunks.
  public var chunks = ChunkSet()
  /// What decoding the chunks to their end told; `nil` where that was not asked for.
  public var samples: SegmentSamples?
  /// Whether it was read to its end.
  public var isComplete = false
  /// Chunks in encodings that this program does not know, with the offset of the first.
  var unknown: [ChunkEncoding: (count: Int, first: UInt64)] = [:]

  public init() {}

  /// Takes in what was found in the next piece of the same segment.
  public mutating func append(_ next: SegmentFindings) {
    chunks.formUnion(next.chunks)
    if let held = next.samples {
      if samples == nil { samples = SegmentSamples() }
      samples?.formUnion(held)
    }
    for (encoding, chunks) in next.unknown {
      unknown[encoding] = ((unknown[encoding]?.count ?? 0) + chunks.count, unknown[encoding]?.first ?? chunks.first)
    }
  }

  /// Reports encodings that are not known. To be called when the segment has ended.
  public func reportEncodings(in file: String, _ faults: inout FaultList) {
    for (encoding, chunks) in unknown.sorted(by: { $0.key < $1.key }) {
      faults.append(
        BlockFault(
          .unknownEncoding, file: file, offset: chunks.first,
          "\(chunks.count) chunks in \(encoding), this is the first", occurrences: chunks.count))
    }
  }
}

/// Checks every chunk of one segment while its bytes pass by, from a file or from a bucket: its CRC-32C, and if asked
/// its samples.
public struct SegmentCheck: ~Copyable {
  private let file: String
  /// The segment's place among the block's, as chunk references count them.
  private let number: UInt64
  private var scanner: SegmentScanner
  /// `nil` where samples are not looked at.
  private var decoder: ChunkDecoder?
  /// `nil` also where they are decoded one by one.
  private var waiting: WaitingChunks?
  /// The chunks that the segment holds.
  public private(set) var chunks = ChunkSet()
  /// What decoding the chunks to their end told; `nil` where that was not asked for.
  public private(set) var samples: SegmentSamples?
  public private(set) var isComplete = false
  /// Chunks in encodings that this program does not know, with the offset of the first.
  private var unknown: [ChunkEncoding: (count: Int, first: UInt64)] = [:]
  private var isBroken = false

  public var findings: SegmentFindings {
    var findings = SegmentFindings()
    (findings.chunks, findings.samples, findings.isComplete) = (chunks, samples, isComplete)
    findings.unknown = unknown
    return findings
  }

  /// - Parameters:
  ///   - number: the segment's place among the block's, from 0.
  ///   - decodes: whether every chunk is decoded to its end.
  ///   - start: for a piece of a segment that begins with a chunk, where it begins, in bytes from the segment's start.
  public init(file: String, number: Int, decodes: Bool = false, from start: UInt64? = nil) {
    self.file = file
    self.number = UInt64(number)
    scanner = start.map { SegmentScanner(file: file, from: $0) } ?? SegmentScanner(file: file)
    decoder = decodes ? ChunkDecoder() : nil
    waiting = decodes ? WaitingChunks() : nil
    samples = decodes ? SegmentSamples() : nil
  }

  /// Takes the next bytes of the segment.
  public mutating func scan(_ window: RawSpan, _ faults: inout FaultList) {
    if isBroken { return }
    // Taken out, as the closure must not reach into `self` while the scanner is changed.
    var (chunks, decoder, samples, unknown, waiting) = (chunks, decoder, samples, unknown, waiting)
    (self.decoder, self.samples, self.waiting) = (nil, nil, nil)
    let (file, number) = (file, number)
    let start = scanner.takenBytes
    var failure: (any Error)?
    do {
      try scanner.scan(window) { chunk in
        let reference = number << 32 | chunk.offset
        chunks.insert(reference)
        if !chunk.isIntact {
          waiting?.decode(in: window, of: file, &samples, &faults)
          samples?.areComplete = false
          if faults.count(.chunkChecksum, in: file) {
            let error = chunk.checksumError(in: file)
            faults.keep(BlockFault(error, malformed: .segmentMalformed, checksum: .chunkChecksum))
          }
        } else if chunk.encoding == .none {
          // No writer has ever used it, and no reader ever will.
          waiting?.decode(in: window, of: file, &samples, &faults)
          samples?.areComplete = false
          if faults.count(.chunkMalformed, in: file) {
            faults.keep(BlockFault(.chunkMalformed, file: file, offset: chunk.offset, "encoding 0, which no chunk has"))
          }
        } else if !chunk.encoding.isKnown {
          samples?.areComplete = false
          let (encoding, offset) = (chunk.encoding, chunk.offset)
          unknown[encoding, default: (0, offset)].count += 1
        } else if waiting?.take(chunk, reference, windowStart: start) == true {
          if waiting?.areMany == true { waiting?.decode(in: window, of: file, &samples, &faults) }
        } else if let fault = samples?.add(chunk, reference, in: file, with: &decoder) {
          waiting?.decode(in: window, of: file, &samples, &faults)
          faults.append(fault)
        }
      }
    } catch {
      failure = error
    }
    waiting?.decode(in: window, of: file, &samples, &faults)
    (self.chunks, self.decoder, self.samples, self.unknown) = (chunks, decoder, samples, unknown)
    self.waiting = waiting
    if let failure { fail(failure, &faults) }
  }

  /// To be called when the segment has ended.
  public mutating func finish(_ faults: inout FaultList) {
    findings.reportEncodings(in: file, &faults)
    if isBroken { return }
    do {
      try scanner.finish()
      isComplete = true
    } catch {
      fail(error, &faults)
    }
  }

  private mutating func fail(_ error: any Error, _ faults: inout FaultList) {
    isBroken = true
    samples?.areComplete = false
    if let error = error as? TSDBError {
      faults.append(BlockFault(error, malformed: .segmentMalformed, checksum: .chunkChecksum))
    } else {
      faults.append(BlockFault(.unreadable, file: file, "\(error)"))
    }
  }
}
