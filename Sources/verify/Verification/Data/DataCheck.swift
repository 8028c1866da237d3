import ObjectStore
import Platform
import TSDB

/// The files of a block's data, as whoever listed them found them.
struct DataFiles: Sendable {
  /// `nil` where there is none: its absence has been reported by then.
  var index: DataFile?
  /// In the order that chunk references count them.
  var segments: [DataFile]
  /// Whether a segment is known to be missing, and has been reported: then chunks cannot be looked for by their place.
  var lackSegments = false
  var tombstones: DataFile?
  /// Path or key of meta.json.
  let metaName: String
  /// Path or key of the folder of segments.
  let segmentsName: String
  /// What the absence of a segment that the index needs is called.
  let missing: Finding.ID
}

/// Checks the data of a block, wherever it lies: at `index` its index, at `full` also every chunk, and the tombstones.
///
/// Every file is streamed once, the segments beside the index and beside each other. Whatever is wrong becomes a finding,
/// and the rest is checked all the same; what the network, a disk or a permission kept from being read is listed as
/// unfinished, and says nothing of the block.
struct DataCheck: Sendable {
  /// Segments that are read at a time.
  private static let width = 4

  let data: any BlockData
  let files: DataFiles
  /// `nil` where it cannot be read: then nothing is held against it.
  let meta: BlockMeta?
  /// Below `index` there is nothing to do here.
  let level: VerificationLevel
  /// Whether each file's SHA-256 is computed on the way, for `FileReport.sha256`.
  let computesHashes: Bool

  /// - Throws: `CancellationError` only.
  func run(_ report: inout BlockReport) async throws {
    guard level >= .index else { return }
    async let indexPass = checkIndex()
    let segmentPasses = try await level == .full ? checkSegments() : []
    let index = try await indexPass
    index?.file.settle(&report)
    for segment in segmentPasses {
      segment.file.settle(&report)
      report.chunksChecked &+= segment.result.chunks.count
    }
    judge(index?.result ?? IndexCheck(), segmentPasses.map(\.result), &report)
    if level == .full { try await checkTombstones(&report) }
  }

  private func checkIndex() async throws -> Checked<IndexCheck>? {
    guard let file = files.index else { return nil }
    let received = ReceivedBytes()
    var checked = try await pass(file) { received.append([UInt8]($0)) }
    let (check, faults) = await BlockingPool.shared.run {
      var check = IndexCheck()
      var faults = FaultList()
      check.run(FileBytes(received.bytes, name: file.name), &faults)
      return (check, faults)
    }
    checked.faults = faults
    return Checked(file: checked, result: check)
  }

  private func checkSegments() async throws -> [Checked<SegmentFindings>] {
    try await withThrowingTaskGroup(of: (Int, Checked<SegmentFindings>).self) { group in
      var found = [Checked<SegmentFindings>?](repeating: nil, count: files.segments.count)
      var waiting = files.segments.indices.makeIterator()
      func start() {
        guard let number = waiting.next() else { return }
        group.addTask { (number, try await checkSegment(number)) }
      }
      for _ in 0..<Self.width { start() }
      while let (number, checked) = try await group.next() {
        found[number] = checked
        start()
      }
      return found.compactMap { $0 }
    }
  }

  private func checkSegment(_ number: Int) async throws -> Checked<SegmentFindings> {
    let file = files.segments[number]
    let state = SegmentState(file: file.name, number: number)
    var checked = try await pass(file) { state.scan($0) }
    let found = state.finish(endsHere: checked.failure == nil)
    checked.faults = found.faults
    return Checked(file: checked, result: found.findings)
  }

  /// Streams a file once, through `receive` and, if asked for, its hash.
  private func pass(
    _ file: DataFile, _ receive: @escaping @Sendable (RawSpan) throws -> Void
  ) async throws -> CheckedFile {
    let hash = computesHashes ? RunningHash() : nil
    let count = ByteCounter()
    var checked = CheckedFile(file: file)
    do {
      try await data.stream(file) { window in
        _ = count.add(UInt64(window.byteCount))
        hash?.update(window)
        try receive(window)
      }
      checked.sha256 = hash?.finalize()
    } catch let error as CancellationError {
      throw error
    } catch {
      checked.failure = "\(error)"
    }
    checked.bytesRead = count.total
    return checked
  }

  /// Holds index, segments and meta.json against each other.
  private func judge(_ index: IndexCheck, _ segments: [SegmentFindings], _ report: inout BlockReport) {
    var lackSegments = files.lackSegments
    let held = UInt64(files.segments.count)
    if index.isComplete, let last = index.lastSegment, last >= held, !lackSegments {
      lackSegments = true
      report.find(
        files.missing, file: "\(files.segmentsName)/\(BlockFolder.segmentName(held))",
        "the index names chunks in \(last + 1) segments, \(held) are there")
    }
    var chunks = ChunkSet()
    for segment in segments { chunks.formUnion(segment.chunks) }
    let areComplete = level == .full && !lackSegments && segments.allSatisfy(\.isComplete)
    let counts = CountsCheck(meta: meta, index: index, chunksInSegments: areComplete ? chunks : nil)
    report.collect { counts.run(indexName: files.index?.name ?? "", metaName: files.metaName, &$0) }
  }

  private func checkTombstones(_ report: inout BlockReport) async throws {
    guard let file = files.tombstones else { return }
    let received = ReceivedBytes()
    let checked = try await pass(file) { received.append([UInt8]($0)) }
    checked.settle(&report)
    guard checked.failure == nil else { return }
    do throws(TSDBError) {
      _ = try Tombstones(FileBytes(received.bytes, name: file.name))
    } catch {
      report.find(error, malformed: .tombstonesMalformed, checksum: .tombstonesMalformed)
    }
  }
}

/// A file after it was streamed, and what its check told.
private struct Checked<Result: Sendable>: Sendable {
  let file: CheckedFile
  let result: Result
}

/// A file after it was streamed.
private struct CheckedFile: Sendable {
  let file: DataFile
  var faults = FaultList()
  var sha256: String?
  var bytesRead: UInt64 = 0
  /// Why it could not be read to its end.
  var failure: String?

  /// Enters what is known of the file.
  func settle(_ report: inout BlockReport) {
    report.bytesRead &+= bytesRead
    report.take(faults)
    report.add(failure == nil ? [.crc32c] : [], to: file.path, size: file.size)
    if let sha256 { report.add(sha256: sha256, to: file.path) }
    if let failure { report.unfinished.append(Unfinished(file: file.name, reason: failure)) }
  }
}
