/// What decoding chunks to their end tells: how many samples, and where each chunk begins and ends in time.
public struct SegmentSamples: Equatable, Sendable {
  public private(set) var samples: UInt64 = 0
  public private(set) var histogramSamples: UInt64 = 0
  /// The chunks with the times of their first and last sample.
  public private(set) var timedChunks = ChunkSet()
  /// Whether every chunk could be decoded.
  public internal(set) var areComplete = true

  public init() {}

  /// Decodes a chunk that is intact.
  /// - Returns: what is wrong with it.
  mutating func add(
    _ chunk: borrowing SegmentChunk, _ reference: UInt64, in file: String, with decoder: inout ChunkDecoder?
  ) -> BlockFault? {
    let decoded: Result<ChunkSummary, Fault>
    do throws(Fault) {
      guard let summary = try decoder?.summary(of: chunk.encoding, chunk.data) else { return nil }
      decoded = .success(summary)
    } catch {
      decoded = .failure(error)
    }
    return add(decoded, reference, offset: chunk.offset, dataOffset: chunk.dataOffset, in: file)
  }

  /// Takes in what decoding an intact chunk told.
  /// - Parameters:
  ///   - offset: where the chunk begins in the file.
  ///   - dataOffset: where its data begins there.
  /// - Returns: what is wrong with it.
  mutating func add(
    _ decoded: Result<ChunkSummary, Fault>, _ reference: UInt64, offset: UInt64, dataOffset: UInt64, in file: String
  ) -> BlockFault? {
    let summary: ChunkSummary
    do throws(Fault) {
      summary = try decoded.get()
    } catch {
      areComplete = false
      return BlockFault(
        TSDBError(error, in: file, base: dataOffset), malformed: .chunkMalformed, checksum: .chunkMalformed)
    }
    guard let first = summary.firstTimestamp, let last = summary.lastTimestamp else {
      areComplete = false
      return BlockFault(.chunkMalformed, file: file, offset: offset, "the chunk holds no sample")
    }
    samples &+= UInt64(summary.samples)
    histogramSamples &+= UInt64(summary.histogramSamples)
    timedChunks.insert(reference, minTime: first, maxTime: last)
    guard summary.isStrictlyRising else {
      return BlockFault(
        .chunkMalformed, file: file, offset: offset, "the chunk's time stamps do not rise from sample to sample")
    }
    return nil
  }

  public mutating func formUnion(_ other: SegmentSamples) {
    samples &+= other.samples
    histogramSamples &+= other.histogramSamples
    timedChunks.formUnion(other.timedChunks)
    areComplete = areComplete && other.areComplete
  }
}
