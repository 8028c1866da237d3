import BlockBytes
import ObjectStore
import Platform
import TSDB

/// Checks the data of a block, wherever it lies: at `index` its index, at `full` also every chunk, and the tombstones.
///
/// Every file is streamed once, the segments beside the index and beside each other. Where index and segments differ,
/// both are read once more to name the chunks, and where chunks are damaged the index, to name their series. Whatever
/// is wrong becomes a finding, and the rest is checked all the same; what the network, a disk or a permission kept
/// from being read is listed as unfinished, and says nothing of the block.
///
/// - Memory: that of `IndexStreamCheck`, some MiB a segment that is being read, and 10 000 faults. An intact chunk of
///   more than 1 MiB, which no writer makes, is read by itself, one at a time; it may have 64.
struct DataCheck: Sendable {
  let data: any BlockData
  let files: DataFiles
  /// `nil` where it cannot be read: then nothing is held against it.
  let meta: BlockMeta?
  /// Below `index` there is nothing to do here.
  let level: VerificationLevel
  /// Whether each file's SHA-256 is computed on the way, for `FileReport.sha256`.
  let computesHashes: Bool
  /// Segments that are read at a time.
  var width = 4

  /// - Throws: `CancellationError` only.
  func run(_ report: inout BlockReport) async throws {
    guard level >= .index else { return }
    let reading = DataReading(data: data, computesHashes: computesHashes)
    async let indexPass = checkIndex(reading)
    var (segments, found) = try await level == .full ? checkSegments(reading) : ([], FaultList())
    var index = try await indexPass
    // Together, so that what is kept of a block's faults has one bound.
    var faults = index?.file.faults ?? FaultList()
    index?.file.faults = FaultList()
    index?.file.settle(&report)
    try await decodeLong(&segments, reading, &found)
    faults.append(contentsOf: found)
    for segment in segments {
      segment.file.settle(&report)
      report.chunksChecked &+= segment.result.chunks.count
    }
    if let index = index?.result { try await judge(index, segments, reading, &faults, &report) }
    report.take(faults)
    if level == .full { try await checkTombstones(of: index?.result ?? nil, reading, &report) }
  }
}
