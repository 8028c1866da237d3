import BlockBytes
import Platform
import TSDB

/// Reads of the segments of a block only the chunks that a selector leaves, in windows that hold neighbours together.
///
/// What lies between them is read along where it is shorter than what another request would cost, and not looked at:
/// the same chunks are counted wherever the block lies.
///
/// - Memory: the windows that are read at a time, of up to 4 MiB each, and what `OwnerWalk` and `ChunkSums` take.
struct SelectedJoin: Sendable {
  private let block: InspectedBlock
  private let owners: OwnerWalk
  private let counting: ChunkCounting
  /// Windows that are read at a time.
  private let width: Int

  init(_ block: InspectedBlock, _ owners: OwnerWalk) {
    (self.block, self.owners) = (block, owners)
    counting = ChunkCounting(segments: block.segments)
    // Those of a bucket wait for most of the time.
    width = block.data is LocalBlockData ? 4 : 8
  }

  /// - Throws: as `SegmentJoin.run`.
  func run() async throws -> (sums: ChunkSums, findings: ChunkCounting.Findings) {
    try await withThrowingTaskGroup(of: Void.self) { group in
      var gaps = ReferenceGaps(block.segments)
      var plan = SelectedWindows(gap: block.data is LocalBlockData ? 32 << 10 : 512 << 10)
      var running = 0
      while true {
        try Task.checkCancellation()
        let next = try await owners.next()
        var missed = ChunkCounting.Piece()
        func take(_ owner: ChunkOwner, _ bytes: UInt64?) {
          guard owner.group != SeriesGroups.none else { return }
          if let bytes { plan.add(owner, bytes) } else { counting.miss(owner, &missed.damage) }
        }
        gaps.take(next, take)
        if next.isEmpty {
          gaps.finish(take)
          plan.finish()
        }
        if missed.damage.missing > 0 { counting.work.settle(missed, at: counting.work.takePlace()) }
        for window in plan.takeWhole() {
          // A long chunk by itself, so that no two of them are in memory.
          while running >= (window.isLong ? 1 : width), try await group.next() != nil { running -= 1 }
          let place = counting.work.takePlace()
          group.addTask { try await read(window, place) }
          running += 1
          if window.isLong {
            try await group.next()
            running -= 1
          }
        }
        if next.isEmpty { break }
      }
      try await group.waitForAll()
    }
    return counting.result
  }

  private func read(_ window: SelectedWindows.Window, _ place: Int) async throws {
    let file = block.segments[window.segment]
    let bytes =
      window.isLong ? try await readLong(window, of: file) : try await block.data.read(file, window.range)
    await BlockingPool.shared.run { counting.work.settle(look(window, bytes, file.name), at: place) }
  }

  /// Reads a chunk that takes up all up to the next one only if there is nothing in between.
  private func readLong(_ window: SelectedWindows.Window, of file: DataFile) async throws -> [UInt8] {
    let head = try await block.data.read(file, window.range(first: SelectedWindows.headSize))
    guard let size = Self.size(of: head), size > UInt64(head.count),
      size <= window.range.upperBound - window.range.lowerBound
    else { return head }
    return try await block.data.read(file, window.range(first: size))
  }

  /// Of the chunk that begins with these bytes; `nil` where none has such a length.
  private static func size(of head: [UInt8]) -> UInt64? {
    let bytes = head.rawBytes
    guard let size = try? SegmentChunk.size(in: bytes, at: 0) else { return nil }
    return UInt64(size)
  }

  private func look(_ window: SelectedWindows.Window, _ bytes: [UInt8], _ file: String) -> ChunkCounting.Piece {
    var piece = ChunkCounting.Piece()
    counting.withSums { sums in
      for owner in window.owners {
        let offset = owner.reference & 0xffff_ffff
        do throws(Fault) {
          let held = bytes.rawBytes
          let chunk = try SegmentChunk(in: held, at: Int(offset - window.range.lowerBound), offset: offset)
          counting.count(chunk, owner, file, &sums, &piece)
        } catch {
          piece.damage.miss(owner, block.segments, "no whole chunk lies here, where the index has one")
        }
      }
    }
    return piece
  }
}
