import Platform

/// Checks a block on disk before it is trusted, step by step, so that whoever runs it can stop between the steps:
/// `checkIndex`, `checkSegment` for each segment if the depth asks for it, `finish`.
public struct BlockCheck: Sendable {
  /// How deep a block is looked into.
  public enum Depth: String, CaseIterable, Sendable {
    /// Not at all.
    case none
    /// Every CRC-32C of the index and of the chunks, the index's order, its counts against meta.json, and that the
    /// segments hold the very chunks that the index names.
    case index
    /// Also every chunk's samples to the last one, their times against the index and their number against meta.json.
    case full
  }

  private let block: OpenBlock
  private let depth: Depth
  /// What was found so far.
  public private(set) var faults = FaultList()
  private var index = IndexCounts()
  private var chunks = ChunkSet()
  private var samples = SegmentSamples()
  /// Segments that were read to their end.
  private var completeSegments = 0

  public init(_ block: OpenBlock, depth: Depth) {
    self.block = block
    self.depth = depth
  }

  /// Numbers of the segments that `checkSegment` is to be called with.
  public var segments: Range<Int> { 0..<(depth == .none ? 0 : block.segments.count) }

  /// Blocks.
  /// - Parameter visit: gets every series, too.
  public mutating func checkIndex(visit: (borrowing SeriesEntry) -> Void = { _ in }) {
    guard depth != .none else { return }
    let file = block.index
    do {
      let surroundings = IndexSurroundings(
        times: (block.meta.minTime, block.meta.maxTime), segmentSizes: block.segments.map(\.file.size))
      let found = try IndexStreamCheck.run(on: file, surroundings: surroundings, visit: visit)
      faults.append(contentsOf: found.faults)
      index = found.counts
    } catch {
      faults.append(BlockFault(.unreadable, file: file.path, "\(error)"))
    }
    if let last = index.lastSegment, last >= UInt64(block.segments.count) {
      faults.append(
        BlockFault(
          .chunkMissing, file: file.path,
          "it names chunks in \(last + 1) segments, \(block.segments.count) are there"))
    }
  }

  /// Reads a segment from front to back. Blocks.
  public mutating func checkSegment(_ number: Int) {
    let file = block.segments[number].file
    var check = segmentCheck(number)
    var faults = FaultList()
    do {
      try file.forEachWindow(of: 0..<file.size) { check.scan($0, &faults) }
      check.finish(&faults)
    } catch {
      faults.append(BlockFault(.unreadable, file: file.path, "\(error)"))
    }
    add(check.findings, faults)
  }

  /// For whoever reads a segment himself, and gives what he found to `add`.
  public func segmentCheck(_ number: Int) -> SegmentCheck {
    SegmentCheck(file: block.segments[number].file.path, number: number, decodes: depth == .full)
  }

  /// Takes in what `segmentCheck` has found.
  public mutating func add(_ segment: SegmentFindings, _ found: FaultList) {
    chunks.formUnion(segment.chunks)
    if let held = segment.samples { samples.formUnion(held) }
    if segment.isComplete { completeSegments += 1 }
    faults.append(contentsOf: found)
    decodeLong(of: segment)
  }

  /// Decodes the chunks that were too long to be kept, one after the other. Blocks.
  private mutating func decodeLong(of segment: SegmentFindings) {
    let number = Int(segment.number)
    for range in segment.undecoded where number < block.segments.count {
      let file = block.segments[number].file
      let bytes: [UInt8]
      do throws(FileError) {
        bytes = try file.read(range)
      } catch {
        faults.append(BlockFault(.unreadable, file: file.path, "\(error)"))
        continue
      }
      var check = SegmentCheck(file: file.path, number: number, decodes: true, from: range.lowerBound)
      check.scan(bytes.rawBytes, &faults)
      chunks.formUnion(check.chunks)
      if let held = check.samples { samples.formUnion(held) }
    }
  }

  /// Holds index, segments and meta.json against each other. Blocks where times differ, to say which.
  public mutating func finish() {
    guard depth != .none else { return }
    let check = CountsCheck(meta: block.meta, index: index)
    check.run(metaName: block.folder.metaPath, &faults)
    guard completeSegments == block.segments.count else { return }
    check.compare(chunks, indexName: block.index.path, &faults)
    if depth == .full, index.isComplete, samples.areComplete, chunks == index.chunks {
      check.compare(samples, metaName: block.folder.metaPath, &faults)
      if samples.timedChunks != index.timedChunks { findWrongTimes() }
    }
  }

  /// The fingerprints say that some chunk's times differ; this says which.
  private mutating func findWrongTimes() {
    do {
      let index = try Index(FileBytes(mapping: block.index))
      var reader = ChunkReader(ChunkSegments(block))
      var decoder = ChunkDecoder()
      var found = FaultList()
      try index.forEachSeries(checkingChecksums: false) { entry in
        for meta in entry.chunks {
          let chunk = try reader.chunk(at: meta.reference)
          let offset = chunk.offset
          let summary = try decoder.summary(of: chunk.encoding, chunk.data)
          if summary.firstTimestamp != meta.minTime || summary.lastTimestamp != meta.maxTime {
            let held = "\(summary.firstTimestamp ?? 0) to \(summary.lastTimestamp ?? 0) ms"
            let file = block.segments[Int(meta.reference >> 32)].file.path
            found.append(
              BlockFault(
                .chunkTimes, file: file, offset: offset,
                "the index has its samples from \(meta.minTime) to \(meta.maxTime) ms, they lie from \(held)"))
          }
        }
      }
      faults.append(contentsOf: found)
    } catch {
      faults.append(BlockFault(.unreadable, file: block.index.path, "\(error)"))
    }
  }
}
