import Platform
import TSDB

extension DataCheck {
  func checkSegments(_ reading: DataReading) async throws -> [Checked<SegmentFindings>] {
    try await withThrowingTaskGroup(of: (Int, Checked<SegmentFindings>).self) { group in
      var found = [Checked<SegmentFindings>?](repeating: nil, count: files.segments.count)
      var waiting = files.segments.indices.makeIterator()
      func start() {
        guard let number = waiting.next() else { return }
        group.addTask { (number, try await checkSegment(number, reading)) }
      }
      for _ in 0..<max(1, width) { start() }
      while let (number, checked) = try await group.next() {
        found[number] = checked
        start()
      }
      return found.compactMap { $0 }
    }
  }

  private func checkSegment(_ number: Int, _ reading: DataReading) async throws -> Checked<SegmentFindings> {
    let file = files.segments[number]
    let decoding = SegmentDecoding(file: file.name, number: number)
    var checked = try await reading.pass(file, take: { await decoding.take($0) })
    let found = await decoding.result(endsHere: checked.failure == nil)
    checked.faults = found.faults
    checked.isWhole = found.findings.isComplete
    return Checked(file: checked, result: found.findings)
  }

  /// Holds index, segments and meta.json against each other.
  func judge(
    _ index: IndexFindings, _ segments: [SegmentFindings], _ reading: DataReading, _ report: inout BlockReport
  ) async throws {
    var faults = FaultList()
    CountsCheck(meta: meta, index: index.counts).run(metaName: files.metaName, &faults)
    let hasSegments = reachesAllSegments(index, &report)
    if level == .full, hasSegments, segments.allSatisfy(\.isComplete), index.counts.isComplete {
      try await compare(index, segments, reading, &faults, &report)
    } else {
      faults.append(contentsOf: index.reportTwins())
    }
    if let file = files.index {
      let failure = try await reading.failure { try await index.name(&faults) { try await data.read(file, $0) } }
      if let failure { report.leave(file.name, failure) }
    }
    report.take(faults)
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

  private func compare(
    _ index: IndexFindings, _ segments: [SegmentFindings], _ reading: DataReading, _ faults: inout FaultList,
    _ report: inout BlockReport
  ) async throws {
    var chunks = ChunkSet()
    var samples = SegmentSamples()
    for segment in segments {
      chunks.formUnion(segment.chunks)
      if let held = segment.samples { samples.formUnion(held) }
    }
    let counts = CountsCheck(meta: meta, index: index.counts)
    if chunks == index.counts.chunks { counts.compare(samples, metaName: files.metaName, &faults) }
    let pieces = Pieces(data: data, files: files.segments)
    var found = FaultList()
    let failure = try await reading.failure {
      if chunks != index.counts.chunks || samples.timedChunks != index.counts.timedChunks {
        try await name(index, pieces, chunks, &found)
      }
      found.append(contentsOf: try await index.compareTwins(pieces))
    }
    if let failure { report.leave(files.segmentsName, failure) }
    faults.append(contentsOf: found)
  }

  /// The fingerprints differ; this says where.
  private func name(
    _ index: IndexFindings, _ pieces: Pieces, _ chunks: ChunkSet, _ faults: inout FaultList
  ) async throws {
    guard let file = files.index else { return }
    let (found, isWhole) = try await index.compareChunks(pieces) { try await data.read(file, $0) }
    faults.append(contentsOf: found)
    guard !isWhole else { return }
    CountsCheck(meta: meta, index: index.counts).compare(chunks, indexName: file.name, &faults)
  }
}

/// The segments of a block, as parts of them are read.
private struct Pieces: SegmentPieces {
  let data: any BlockData
  let files: [DataFile]

  var names: [String] { files.map(\.name) }
  var sizes: [UInt64] { files.map(\.size) }

  func read(_ segment: Int, _ range: Range<UInt64>) async throws -> [UInt8] {
    try await data.read(files[segment], range)
  }
}
