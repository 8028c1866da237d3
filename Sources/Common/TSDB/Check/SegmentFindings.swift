/// What a segment was found to hold.
public struct SegmentFindings: Sendable {
  /// Its chunks.
  public internal(set) var chunks = ChunkSet()
  /// What decoding the chunks to their end told; `nil` where that was not asked for.
  public var samples: SegmentSamples?
  /// Whether it was read to its end.
  public var isComplete = false
  /// Where the last chunk with a right CRC-32C ends, bytes from the start of the segment. In one that breaks off, what
  /// lies behind may begin anywhere.
  public internal(set) var intactEnd: UInt64 = 0
  /// Chunks with a right CRC-32C that were too long to be kept, and are to be decoded by themselves.
  public internal(set) var undecoded: [Range<UInt64>] = []
  /// The segment's place among the block's.
  var number: UInt64 = 0
  /// Chunks in encodings that this program does not know, with the offset of the first.
  var unknown: [ChunkEncoding: (count: Int, first: UInt64)] = [:]
  /// Where something else than a zero stands in the header behind the version.
  public var strangeByte: UInt64?

  public init() {}

  /// Takes in what was found in the next piece of the same segment.
  public mutating func append(_ next: SegmentFindings) {
    chunks.formUnion(next.chunks)
    if let held = next.samples {
      if samples == nil { samples = SegmentSamples() }
      samples?.formUnion(held)
    }
    intactEnd = max(intactEnd, next.intactEnd)
    undecoded += next.undecoded
    number = next.number
    for (encoding, chunks) in next.unknown {
      unknown[encoding] = ((unknown[encoding]?.count ?? 0) + chunks.count, unknown[encoding]?.first ?? chunks.first)
    }
  }

  /// Reports what is to be said of the segment as a whole. To be called when it has ended.
  public func report(in file: String, _ faults: inout FaultList) {
    if let strangeByte {
      faults.append(
        BlockFault(.segmentPadding, file: file, offset: strangeByte, "no zero behind the version in the header"))
    }
    if isComplete, chunks.count == 0, undecoded.isEmpty {
      faults.append(BlockFault(.emptySegment, file: file, "a header and no chunk"))
    }
    for (encoding, chunks) in unknown.sorted(by: { $0.key < $1.key }) {
      faults.append(
        BlockFault(
          .unknownEncoding, file: file, offset: chunks.first,
          "\(chunks.count) chunks in \(encoding), this is the first", occurrences: chunks.count
        ).about(number << 32 | chunks.first))
    }
  }
}
