/// Finds the very chunks that an index names and the segments do not hold, or the other way round, or with other times.
///
/// Both sides are fed in turns, each in its own order. What one side has shown and the other not yet waits here: next
/// to nothing where chunks lie in the order of their series, as all known writers lay them.
///
/// - Memory: some 60 bytes a chunk that waits, a million of them at most. Beyond that no more are taken in and
///   `isPartial` says so.
public struct ChunkComparison: Sendable {
  /// Chunks that may wait.
  public static let limit = 1 << 20

  private struct Named: Sendable {
    let minTime: Int64
    let maxTime: Int64
    let entry: UInt64
  }

  private var named: [UInt64: Named] = [:]
  /// The times of the first and last sample, `nil` for chunks that could not be decoded.
  private var held: [UInt64: (first: Int64, last: Int64)?] = [:]
  private(set) var isPartial = false
  private var faults = FaultList()
  private let names: [String]
  private let limit: Int

  /// - Parameter segmentNames: what faults call the segments.
  init(segmentNames: [String], limit: Int) { (names, self.limit) = (segmentNames, limit) }

  /// The index names a chunk.
  mutating func name(_ chunk: ChunkMeta, entry: UInt64) {
    if let times = held.removeValue(forKey: chunk.reference) {
      compare(chunk.reference, times, Named(minTime: chunk.minTime, maxTime: chunk.maxTime, entry: entry))
    } else if named.count + held.count >= limit {
      isPartial = true
    } else if named.updateValue(
      Named(minTime: chunk.minTime, maxTime: chunk.maxTime, entry: entry), forKey: chunk.reference) != nil
    {
      find(
        .chunkMissing, chunk.reference, entry: entry, "the chunk that the index names here is another entry's already")
    }
  }

  /// A segment holds a chunk.
  mutating func hold(_ reference: UInt64, _ times: (first: Int64, last: Int64)?) {
    if let wanted = named.removeValue(forKey: reference) {
      compare(reference, times, wanted)
    } else if named.count + held.count >= limit {
      isPartial = true
    } else {
      held.updateValue(times, forKey: reference)
    }
  }

  private mutating func compare(_ reference: UInt64, _ times: (first: Int64, last: Int64)?, _ wanted: Named) {
    guard let times, times.first != wanted.minTime || times.last != wanted.maxTime else { return }
    find(
      .chunkTimes, reference, entry: wanted.entry,
      "the index has its samples from \(wanted.minTime) to \(wanted.maxTime) ms, they lie from"
        + " \(times.first) to \(times.last) ms")
  }

  private mutating func find(_ kind: BlockFault.Kind, _ reference: UInt64, entry: UInt64?, _ message: String) {
    guard let segment = Int(exactly: reference >> 32), segment < names.count else { return }
    faults.append(
      BlockFault(kind, file: names[segment], offset: reference & 0xFFFF_FFFF, seriesEntry: entry, message))
  }

  /// What was found, when both sides have been shown.
  mutating func finish() -> FaultList {
    guard !isPartial else { return faults }
    for (reference, wanted) in named.sorted(by: { $0.key < $1.key }) {
      find(.chunkMissing, reference, entry: wanted.entry, "the index names a chunk here, and none begins here")
    }
    for reference in held.keys.sorted() {
      find(.unreferencedChunk, reference, entry: nil, "a chunk that no series of the index names")
    }
    return faults
  }
}
