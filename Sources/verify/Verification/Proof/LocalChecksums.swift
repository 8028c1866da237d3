import Platform
import TSDB
import Thanos

/// Level `checksum` of a block on disk: the SHA-256 of every file of which meta.json holds one, and of the others every
/// CRC-32C inside. Prometheus writes no hashes, so that of its own blocks the latter is all that can be proved, and it
/// costs no more than reading them.
struct LocalChecksums: Sendable {
  let folder: BlockFolder
  /// Whether every file's hash is to stand in the report, whatever is known of it.
  let wantsHashes: Bool
  /// Whether the CRC-32Cs are somebody else's affair.
  let hashesOnly: Bool
  let width: Int
  var meter: ReadMeter?

  /// What was found in one file.
  private struct Outcome: Sendable {
    var evidence: Set<FileReport.Evidence> = []
    var sha256: String?
    var faults = FaultList()
    var chunks: UInt64 = 0
    var failure: FileError?
    var tombstones: TSDBError?
  }

  /// - Throws: `CancellationError`.
  func run(_ files: [LocalPresence.File], _ report: inout BlockReport) async throws {
    // Segments count by their place.
    let segments = files.filter { ExpectedObject.isSegment($0.path) }.enumerated().map { ($0.element, number: $0.offset) }
    let work = segments + files.filter { !ExpectedObject.isSegment($0.path) }.map { ($0, number: 0) }
    let outcomes = try await OrderedWork.map(work, width: width) { try await check($0.0, number: $0.number) }
    for ((file, _), outcome) in zip(work, outcomes) { settle(file, outcome, &report) }
  }

  private func settle(_ file: LocalPresence.File, _ outcome: Outcome, _ report: inout BlockReport) {
    let name = "\(folder.path)/\(file.path)"
    if let failure = outcome.failure { return report.take(failure, reading: name) }
    report.bytesRead &+= file.size
    report.chunksChecked &+= outcome.chunks
    report.take(outcome.faults)
    if let error = outcome.tombstones {
      report.find(error, malformed: .tombstonesMalformed, checksum: .tombstonesMalformed)
    }
    if let expected = file.sha256, let computed = outcome.sha256 {
      report.judge(expected, against: computed, of: file, at: name)
    }
    report.add(outcome.evidence, to: file.path, size: file.size)
    if let sha256 = outcome.sha256 { report.add(sha256: sha256, to: file.path) }
  }

  private func check(_ file: LocalPresence.File, number: Int) async throws -> Outcome {
    do {
      let open = try await BlockingPool.shared.run { [folder, meter] () throws(FileError) in
        try OpenFile("\(folder.path)/\(file.path)", note: meter?.add)
      }
      async let hash = wantsHashes || file.sha256 != nil ? SHA256Hex.digest(of: open) : nil
      var outcome = Outcome()
      if file.sha256 == nil, !hashesOnly { outcome = try await checkInside(file, open, number: number) }
      outcome.sha256 = try await hash
      return outcome
    } catch let error as FileError {
      return Outcome(failure: error)
    }
  }

  private func checkInside(_ file: LocalPresence.File, _ open: OpenFile, number: Int) async throws -> Outcome {
    try await BlockingPool.shared.runCancellably { cancellation in
      switch file.path {
      case BlockFolder.indexName: try Self.checkIndex(open, cancellation)
      case BlockFolder.tombstonesName: Self.checkTombstones(try FileBytes(mapping: open))
      default: try Self.checkSegment(open, number: number, cancellation)
      }
    }
  }

  private static func checkIndex(_ file: OpenFile, _ cancellation: Cancellation) throws -> Outcome {
    var outcome = Outcome(evidence: [.crc32c])
    let tail = try file.read((file.size - min(file.size, IndexStreamCheck.tailSize))..<file.size)
    var check = IndexStreamCheck(file: file.path, size: file.size, tail: tail)
    try file.forEachWindow(of: 0..<file.size) { window in
      try cancellation.check()
      check.scan(window)
    }
    // Order and agreement are the level above's.
    for fault in check.finish().faults.all where [.indexChecksum, .indexMalformed].contains(fault.kind) {
      outcome.faults.append(fault)
    }
    return outcome
  }

  private static func checkTombstones(_ bytes: FileBytes) -> Outcome {
    do throws(TSDBError) {
      _ = try Tombstones(bytes)
      return Outcome(evidence: [.crc32c])
    } catch {
      return Outcome(tombstones: error)
    }
  }

  private static func checkSegment(_ file: OpenFile, number: Int, _ cancellation: Cancellation) throws -> Outcome {
    var outcome = Outcome()
    var check = SegmentCheck(file: file.path, number: number)
    try file.forEachWindow(of: 0..<file.size) { window in
      try cancellation.check()
      check.scan(window, &outcome.faults)
    }
    check.finish(&outcome.faults)
    outcome.chunks = check.chunks.count
    if check.isComplete { outcome.evidence = [.crc32c] }
    return outcome
  }
}
