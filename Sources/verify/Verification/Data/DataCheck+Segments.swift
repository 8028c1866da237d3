import BlockBytes
import Platform
import TSDB
import Thanos

extension DataCheck {
  /// - Returns: what each segment was found to hold, and what is wrong with them.
  func checkSegments(_ reading: DataReading) async throws -> ([Checked<SegmentFindings>], FaultList) {
    try await withThrowingTaskGroup(of: (Int, Checked<SegmentFindings>).self) { group in
      var found = [Checked<SegmentFindings>?](repeating: nil, count: files.segments.count)
      var faults = FaultList()
      var settled = 0
      var waiting = files.segments.indices.makeIterator()
      func start() {
        guard let number = waiting.next() else { return }
        group.addTask { (number, try await checkSegment(number, reading)) }
      }
      for _ in 0..<max(1, width) { start() }
      while let (number, checked) = try await group.next() {
        found[number] = checked
        // In their order, and no list waits for the end of the block.
        while settled < found.count, let next = found[settled] {
          faults.append(contentsOf: next.file.faults)
          found[settled]?.file.faults = FaultList()
          settled += 1
        }
        start()
      }
      return (found.compactMap { $0 }, faults)
    }
  }

  private func checkSegment(_ number: Int, _ reading: DataReading) async throws -> Checked<SegmentFindings> {
    let file = files.segments[number]
    let decoding = SegmentDecoding(file: file.name, number: number, aggregates: holdsAggregates)
    var checked = try await reading.pass(file, take: { await decoding.take($0) })
    let found = await decoding.result(endsHere: checked.failure == nil)
    checked.faults = found.faults
    checked.isWhole = found.findings.isComplete
    return Checked(file: checked, result: found.findings)
  }

  /// Whether meta.json says that the block is downsampled; `nil` where that cannot be told.
  private var holdsAggregates: Bool? {
    guard let meta else { return nil }
    do throws(TSDBError) {
      return try (ThanosSection(of: meta, file: files.metaName)?.resolution.milliseconds ?? 0) != 0
    } catch {
      return nil
    }
  }

  /// Decodes the chunks that were too long to be kept on the way. One at a time, as each may have 64 MiB.
  func decodeLong(
    _ segments: inout [Checked<SegmentFindings>], _ reading: DataReading, _ faults: inout FaultList
  ) async throws {
    for number in segments.indices {
      let file = files.segments[number]
      for range in segments[number].result.undecoded {
        var bytes: [UInt8] = []
        let failure = try await reading.failure { bytes = try await data.read(file, range) }
        if let failure {
          segments[number].result.isComplete = false
          if segments[number].file.failure == nil { segments[number].file.failure = failure }
          continue
        }
        segments[number].file.bytesRead &+= UInt64(bytes.count)
        let (findings, found) = await BlockingPool.shared.run { [bytes, holdsAggregates] in
          var found = FaultList()
          var check = SegmentCheck(
            file: file.name, number: number, decodes: true, aggregates: holdsAggregates, from: range.lowerBound)
          check.scan(bytes.rawBytes, &found)
          return (check.findings, found)
        }
        segments[number].result.append(findings)
        faults.append(contentsOf: found)
      }
    }
  }
}

/// The segments of a block, as parts of them are read.
struct Pieces: SegmentPieces {
  let data: any BlockData
  let files: [DataFile]
  let ends: [UInt64]

  var names: [String] { files.map(\.name) }
  var sizes: [UInt64] { files.map(\.size) }

  func read(_ segment: Int, _ range: Range<UInt64>) async throws -> [UInt8] {
    try await data.read(files[segment], range)
  }
}
