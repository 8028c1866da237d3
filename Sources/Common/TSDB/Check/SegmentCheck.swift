/// Checks every chunk of one segment while its bytes pass by, from a file or from a bucket: its CRC-32C, and if asked
/// its samples.
public struct SegmentCheck: ~Copyable {
  private let file: String
  private var scanner: SegmentScanner
  private var look: ChunkLook
  private var isBroken = false

  /// The chunks that the segment holds.
  public var chunks: ChunkSet { look.findings.chunks }
  /// What decoding the chunks to their end told; `nil` where that was not asked for.
  public var samples: SegmentSamples? { look.findings.samples }
  public var isComplete: Bool { look.findings.isComplete }
  public var findings: SegmentFindings { look.findings }

  /// - Parameters:
  ///   - number: the segment's place among the block's, from 0.
  ///   - decodes: whether every chunk is decoded to its end.
  ///   - aggregates: whether its chunks have to be aggregates, as those of a downsampled block are, or must not be;
  ///     `nil` where that is not known.
  ///   - start: for a piece of a segment that begins with a chunk, where it begins, in bytes from the segment's start.
  public init(
    file: String, number: Int, decodes: Bool = false, aggregates: Bool? = nil, from start: UInt64? = nil
  ) {
    self.file = file
    scanner = start.map { SegmentScanner(file: file, from: $0) } ?? SegmentScanner(file: file)
    look = ChunkLook(file: file, number: UInt64(number), decodes: decodes, aggregates: aggregates)
  }

  /// Takes the next bytes of the segment.
  public mutating func scan(_ window: RawSpan, _ faults: inout FaultList) {
    if isBroken { return }
    // Taken out, as the closure must not reach into `self` while the scanner is changed.
    var look = ChunkLook(file: file, number: 0, decodes: false, aggregates: nil)
    swap(&look, &self.look)
    var failure: (any Error)?
    let start = scanner.takenBytes
    do {
      try scanner.scan(window) { look.take($0, in: window, from: start, &faults) }
    } catch {
      failure = error
    }
    look.decodeWaiting(in: window, &faults)
    look.findings.strangeByte = scanner.strangeByte
    swap(&look, &self.look)
    if let failure { fail(failure, &faults) }
  }

  /// Takes a chunk of which only the CRC-32C is known.
  public mutating func take(_ chunk: LongChunk, _ faults: inout FaultList) {
    let none: [UInt8] = []
    look.take(chunk.chunk(none.rawBytes), in: none.rawBytes, from: .max, &faults)
  }

  /// To be called when the segment has ended.
  public mutating func finish(_ faults: inout FaultList) {
    if !isBroken {
      do {
        try scanner.finish()
        look.findings.isComplete = true
      } catch {
        fail(error, &faults)
      }
    }
    findings.report(in: file, &faults)
  }

  private mutating func fail(_ error: any Error, _ faults: inout FaultList) {
    isBroken = true
    look.findings.samples?.areComplete = false
    if let error = error as? TSDBError {
      faults.append(BlockFault(error, malformed: .segmentMalformed, checksum: .chunkChecksum))
    } else {
      faults.append(BlockFault(.unreadable, file: file, "\(error)"))
    }
  }
}

/// What is looked at of each chunk of a segment.
private struct ChunkLook {
  let file: String
  let aggregates: Bool?
  /// `nil` where samples are not looked at.
  var decoder: ChunkDecoder?
  /// `nil` also where they are decoded one by one.
  var waiting: WaitingChunks?
  var findings = SegmentFindings()

  init(file: String, number: UInt64, decodes: Bool, aggregates: Bool?) {
    (self.file, self.aggregates) = (file, aggregates)
    decoder = decodes ? ChunkDecoder() : nil
    waiting = decodes ? WaitingChunks() : nil
    findings.samples = decodes ? SegmentSamples() : nil
    findings.number = number
  }

  /// - Parameters:
  ///   - window: the bytes at hand, in which the chunk lies if it did not begin before.
  ///   - start: where these begin in the file.
  mutating func take(
    _ chunk: borrowing SegmentChunk, in window: RawSpan, from start: UInt64, _ faults: inout FaultList
  ) {
    if chunk.isIntact { findings.intactEnd = chunk.end }
    if chunk.isIntact, !chunk.hasData, decoder != nil, chunk.encoding.isKnown {
      // Not counted here: it will be when it is decoded.
      findings.undecoded.append(chunk.offset..<chunk.end)
      return
    }
    let reference = findings.number << 32 | chunk.offset
    findings.chunks.insert(reference)
    if !chunk.isIntact {
      decodeWaiting(in: window, &faults)
      findings.samples?.areComplete = false
      if faults.count(.chunkChecksum, in: file) {
        let error = chunk.checksumError(in: file)
        faults.keep(BlockFault(error, malformed: .segmentMalformed, checksum: .chunkChecksum).about(reference))
      }
    } else if chunk.encoding == .none {
      // No writer has ever used it, and no reader ever will.
      decodeWaiting(in: window, &faults)
      findings.samples?.areComplete = false
      find(.chunkMalformed, chunk.offset, reference, "encoding 0, which no chunk has", &faults)
    } else if !chunk.encoding.isKnown {
      findings.samples?.areComplete = false
      let (encoding, offset) = (chunk.encoding, chunk.offset)
      findings.unknown[encoding, default: (0, offset)].count += 1
    } else {
      checkKind(chunk.encoding, chunk.offset, reference, &faults)
      if waiting?.take(chunk, reference, windowStart: start) == true {
        if waiting?.areMany == true { decodeWaiting(in: window, &faults) }
      } else if let fault = findings.samples?.add(chunk, reference, in: file, with: &decoder) {
        decodeWaiting(in: window, &faults)
        faults.append(fault.about(reference))
      }
    }
  }

  /// Decodes the chunks that wait to be decoded side by side.
  mutating func decodeWaiting(in window: RawSpan, _ faults: inout FaultList) {
    waiting?.decode(in: window, of: file, &findings.samples, &faults)
  }

  private func checkKind(
    _ encoding: ChunkEncoding, _ offset: UInt64, _ reference: UInt64, _ faults: inout FaultList
  ) {
    guard let aggregates, (encoding == .aggregate) != aggregates else { return }
    find(
      .resolutionMismatch, offset, reference,
      aggregates
        ? "a chunk in the encoding \(encoding), in a block that is downsampled by its meta.json"
        : "a chunk of aggregates, in a block that is raw by its meta.json", &faults)
  }

  private func find(
    _ kind: BlockFault.Kind, _ offset: UInt64, _ reference: UInt64, _ message: @autoclosure () -> String,
    _ faults: inout FaultList
  ) {
    guard faults.count(kind, in: file) else { return }
    faults.keep(BlockFault(kind, file: file, offset: offset, message()).about(reference))
  }
}
