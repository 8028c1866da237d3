import BlockBytes
import TSDB

extension DataCheck {
  /// Holds index, segments and meta.json against each other, and gives the faults that are about a series its name.
  func judge(
    _ index: IndexFindings, _ segments: [Checked<SegmentFindings>], _ reading: DataReading, _ faults: inout FaultList,
    _ report: inout BlockReport
  ) async throws {
    CountsCheck(meta: meta, index: index.counts).run(metaName: files.metaName, &faults)
    let hasSegments = reachesAllSegments(index, &report)
    if level == .full {
      let chunks = try await compare(index, segments, isWhole: hasSegments, &faults, reading, &report)
      if !chunks { faults.append(contentsOf: index.reportTwins()) }
    } else {
      faults.append(contentsOf: index.reportTwins())
    }
    try await name(&faults, index, reading, &report)
  }

  /// Gives faults the names of their series.
  func name(
    _ faults: inout FaultList, _ index: IndexFindings?, _ reading: DataReading, _ report: inout BlockReport
  ) async throws {
    guard let index, let file = files.index else { return }
    let failure = try await reading.failure { try await index.name(&faults) { try await data.read(file, $0) } }
    if let failure { report.leaveUnfinished(file.name, "\(failure)") }
  }

  /// - Returns: whether all segments are there that the index names.
  private func reachesAllSegments(_ index: IndexFindings, _ report: inout BlockReport) -> Bool {
    if files.lackSegments { return false }
    let held = UInt64(files.segments.count)
    guard index.counts.isComplete, let last = index.counts.lastSegment, last >= held else { return true }
    report.find(
      files.missing, file: "\(files.segmentsName)/\(BlockFolder.segmentName(held))",
      "the index names chunks in \(last + 1) segments, \(held) are there")
    return false
  }

  /// Holds the chunks that the index names against those of the segments, as far as both can be told.
  /// - Parameter isWhole: whether all segments are there.
  /// - Returns: whether all chunks could be looked at.
  private func compare(
    _ index: IndexFindings, _ segments: [Checked<SegmentFindings>], isWhole: Bool, _ faults: inout FaultList,
    _ reading: DataReading, _ report: inout BlockReport
  ) async throws -> Bool {
    var chunks = ChunkSet()
    var samples = SegmentSamples()
    for segment in segments.map(\.result) {
      chunks.formUnion(segment.chunks)
      if let held = segment.samples { samples.formUnion(held) }
    }
    let isComplete = isWhole && index.counts.isComplete && segments.allSatisfy(\.result.isComplete)
    let areSame = isComplete && chunks == index.counts.chunks
    if areSame { CountsCheck(meta: meta, index: index.counts).compare(samples, metaName: files.metaName, &faults) }
    let differ = !areSame || samples.timedChunks != index.counts.timedChunks
    let ends = index.counts.isComplete && differ ? comparableEnds(segments, isWhole: isWhole) : []
    let pieces = Pieces(data: data, files: files.segments, ends: ends)
    let wanted = index.leadsToSeries ? faults.chunks : []
    let failure = try await reading.failure {
      if ends.contains(where: { $0 > 0 }) || !wanted.isEmpty {
        try await lookAgain(index, pieces, wanted, isComplete ? chunks : nil, &faults)
      }
      if isComplete { faults.append(contentsOf: try await index.compareTwins(pieces)) }
    }
    if let failure { report.leaveUnfinished(files.segmentsName, "\(failure)") }
    return isComplete
  }

  /// Up to where the chunks of each segment can be told from each other: not at all if it could not be read, or stands
  /// in the place of one that is missing; of one that breaks off, up to the last one that is intact.
  private func comparableEnds(_ segments: [Checked<SegmentFindings>], isWhole: Bool) -> [UInt64] {
    segments.enumerated().map { place, segment in
      let name = "\(BlockFolder.chunksName)/\(BlockFolder.segmentName(UInt64(place)))"
      if segment.file.failure != nil || !isWhole && segment.file.file.path != name { return 0 }
      return segment.result.isComplete ? segment.file.file.size : segment.result.intactEnd
    }
  }

  /// Goes through index and segments once more, to say where they differ and which series damaged chunks belong to.
  /// - Parameter held: the chunks of all segments, where all are known.
  private func lookAgain(
    _ index: IndexFindings, _ pieces: Pieces, _ wanted: Set<UInt64>, _ held: ChunkSet?, _ faults: inout FaultList
  ) async throws {
    guard let file = files.index else { return }
    let naming = try await index.compareChunks(pieces, naming: wanted) { try await data.read(file, $0) }
    faults.enter(naming.entries)
    faults.append(contentsOf: naming.faults)
    guard !naming.isWhole, let held else { return }
    CountsCheck(meta: meta, index: index.counts).compare(held, indexName: file.name, &faults)
  }
}
