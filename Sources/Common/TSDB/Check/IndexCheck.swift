public import Platform

/// Checks every CRC-32C of an index and counts what it holds.
public struct IndexCheck: Sendable {
  public private(set) var counts = IndexCounts()
  private let segmentSizes: [UInt64]?

  /// - Parameter segmentSizes: bytes of each of the block's segments; references that point outside of them are faults
  ///   then. `nil` where the segments are not known.
  public init(segmentSizes: [UInt64]? = nil) { self.segmentSizes = segmentSizes }

  /// Blocks.
  /// - Parameters:
  ///   - bytes: the index, named as faults are to name it.
  ///   - visit: gets every series too, so that whoever needs them does not walk the index again.
  public mutating func run(
    _ bytes: FileBytes, _ faults: inout FaultList, visit: (borrowing SeriesEntry) -> Void = { _ in }
  ) {
    let index: Index
    do throws(TSDBError) {
      index = try Index(bytes)
    } catch {
      faults.append(BlockFault(error, malformed: .indexMalformed, checksum: .indexChecksum))
      return
    }
    var isDamaged = false
    index.checkChecksums { error in
      isDamaged = true
      faults.append(BlockFault(error, malformed: .indexMalformed, checksum: .indexChecksum))
    }
    var outside = OutsideReferences()
    do {
      try index.forEachSeries(checkingChecksums: false) { entry in
        counts.series &+= 1
        visit(entry)
        for chunk in entry.chunks {
          counts.chunks.insert(chunk.reference)
          counts.lastSegment = max(counts.lastSegment ?? 0, chunk.reference >> 32)
          counts.timedChunks.insert(chunk.reference, minTime: chunk.minTime, maxTime: chunk.maxTime)
          if let segmentSizes, !Self.isInside(chunk.reference, segmentSizes) { outside.add(chunk, of: entry.offset) }
        }
      }
      try Self.walkLookUps(index)
      counts.isComplete = !isDamaged
    } catch let error as TSDBError {
      // A damaged entry has been reported by its checksum already.
      if !isDamaged { faults.append(BlockFault(error, malformed: .indexMalformed, checksum: .indexChecksum)) }
    } catch {
      faults.append(BlockFault(.unreadable, file: index.name, "\(error)"))
    }
    if let fault = outside.fault(in: index.name) { faults.append(fault) }
  }

  /// Reads symbols, tables and postings lists to their ends: a right checksum over wrong content is still found.
  private static func walkLookUps(_ index: Index) throws {
    try index.symbols(checkingChecksum: false).forEach { _, _ in }
    let table = try index.postingsTable(checkingChecksum: false)
    try index.forEachPostings(in: table) { _, _ in }
    try index.forEachLabelIndex { _ in }
  }

  private static func isInside(_ reference: UInt64, _ sizes: [UInt64]) -> Bool {
    guard let segment = Int(exactly: reference >> 32), segment < sizes.count else { return false }
    let offset = reference & 0xFFFF_FFFF
    return offset >= UInt64(SegmentHeader.size) && offset < sizes[segment]
  }
}

/// Chunks that the index names where no segment is: one fault for all, since a lost segment takes many with it.
private struct OutsideReferences {
  private var count: UInt64 = 0
  private var first: (reference: UInt64, series: UInt64)?

  mutating func add(_ chunk: ChunkMeta, of series: UInt64) {
    count &+= 1
    if first == nil { first = (chunk.reference, series) }
  }

  func fault(in file: String) -> BlockFault? {
    guard let first else { return nil }
    return BlockFault(
      .chunkMissing, file: file, offset: first.series,
      "\(count) chunks lie outside of the segments that are there, the first of them in segment"
        + " \(first.reference >> 32) (from 0) at \(first.reference & 0xFFFF_FFFF)")
  }
}
