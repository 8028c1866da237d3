import BlockBytes
import Platform
import TSDB

/// Goes through the segments of a block beside its index: pieces of a segment are looked into side by side, each with
/// the chunks that the index has there.
///
/// - Memory: four windows of a segment, those that are read meanwhile, and what `OwnerWalk` and `ChunkSums` take.
final class SegmentJoin: Sendable {
  private let block: InspectedBlock
  private let owners: OwnerWalk
  private let counting: ChunkCounting

  init(_ block: InspectedBlock, _ owners: OwnerWalk) {
    (self.block, self.owners) = (block, owners)
    counting = ChunkCounting(segments: block.segments)
  }

  /// Goes through all segments.
  /// - Throws: `OwnerWalk.OtherOrder`, `SeriesGroups.TooMany`; `TSDBError` for a damaged index, `FileError`,
  ///   `BucketError`, `CancellationError`.
  func run() async throws -> (sums: ChunkSums, findings: ChunkCounting.Findings) {
    for (number, file) in block.segments.enumerated() { try await read(file, UInt64(number)) }
    // What the index has behind the last segment.
    while true {
      let rest = try await owners.next()
      if rest.isEmpty { return counting.result }
      var piece = ChunkCounting.Piece()
      for owner in rest { counting.miss(owner, &piece.damage) }
      counting.work.settle(piece, at: counting.work.takePlace())
    }
  }

  // MARK: A segment

  private func read(_ file: DataFile, _ number: UInt64) async throws {
    let cut = SegmentPieces(file)
    try await forEachWindow(of: file) { window in
      try Task.checkCancellation()
      await counting.work.waitForTurn()
      let pieces = await BlockingPool.shared.run { cut.take(window) }
      counting.work.endTurn()
      for piece in pieces { try await look(piece, file, number) }
    }
    let (last, error) = cut.finish()
    for piece in last { try await look(piece, file, number) }
    var done = ChunkCounting.Piece()
    if let error {
      done.damage.add(error)
      done.damage.segments += 1
    }
    // The rest of the segment has none of the chunks that the index has in it.
    for owner in try await owners.owners(before: (number + 1) << 32) { counting.miss(owner, &done.damage) }
    counting.work.settle(done, at: counting.work.takePlace())
    await counting.work.drain()
  }

  /// Hands over the bytes of a segment from front to back while the next ones are read.
  ///
  /// By ranges also of a bucket: a stream would hold its connection while the index is waited for, and it may be the
  /// only one that is allowed.
  private func forEachWindow(of file: DataFile, _ body: ([UInt8]) async throws -> Void) async throws {
    let isLocal = block.data is LocalBlockData
    let size: UInt64 = isLocal ? 1 << 20 : 4 << 20
    try await withThrowingTaskGroup(of: (UInt64, [UInt8]).self) { [block] group in
      var (asked, next) = (UInt64(0), UInt64(0))
      var read: [UInt64: [UInt8]] = [:]
      func ask() {
        let range = asked..<min(file.size, asked + size)
        if range.isEmpty { return }
        asked = range.upperBound
        group.addTask { (range.lowerBound, try await block.data.read(file, range)) }
      }
      for _ in 0..<(isLocal ? 2 : 4) { ask() }
      while let (offset, bytes) = try await group.next() {
        read[offset] = bytes
        while let window = read.removeValue(forKey: next) {
          try await body(window)
          // Where the file has become shorter nothing follows.
          guard UInt64(window.count) == min(size, file.size - next) else { return group.cancelAll() }
          next += size
          ask()
        }
      }
    }
  }

  /// Begins to look into a piece, and returns when another one may come.
  private func look(_ piece: SegmentPieces.Piece, _ file: DataFile, _ number: UInt64) async throws {
    let owners = try await owners.owners(before: number << 32 | piece.end)
    let place = counting.work.takePlace()
    switch piece {
    case .chunks(let chunks):
      await counting.work.waitForTurn()
      BlockingPool.shared.start { [self] in
        counting.work.settle(look(chunks, file.name, number, owners), at: place)
        counting.work.endTurn()
      }
    case .long(let chunk) where chunk.isIntact:
      // By itself, so that no two of them are in memory.
      let bytes = try await block.data.read(file, chunk.offset..<piece.end)
      let chunks = SegmentSplitter.Piece(offset: chunk.offset, bytes)
      let done = await BlockingPool.shared.run { [self] in look(chunks, file.name, number, owners) }
      counting.work.settle(done, at: place)
    case .long(let chunk):
      var done = ChunkCounting.Piece()
      done.damage.chunks = 1
      done.damage.bytes = UInt64(chunk.size)
      done.damage.add(ChunkDamage.Place(file: file.name, offset: chunk.offset, what: "a chunk with a wrong checksum"))
      for owner in owners where owner.reference != number << 32 | chunk.offset { counting.miss(owner, &done.damage) }
      counting.work.settle(done, at: place)
    }
  }

  /// Looks into whole chunks.
  private func look(
    _ piece: SegmentSplitter.Piece, _ file: String, _ number: UInt64, _ owners: [ChunkOwner]
  ) -> ChunkCounting.Piece {
    var done = ChunkCounting.Piece()
    var place = 0
    counting.withSums { sums in
      do {
        try piece.forEachChunk(of: file) { chunk in
          let reference = number << 32 | chunk.offset
          while place < owners.count, owners[place].reference < reference {
            counting.miss(owners[place], &done.damage)
            place += 1
          }
          guard place < owners.count, owners[place].reference == reference else {
            done.unowned &+= 1
            done.unownedBytes &+= chunk.end &- chunk.offset
            return
          }
          place += 1
          counting.count(chunk, owners[place - 1], file, &sums, &done)
        }
      } catch {
        if let error = error as? TSDBError { done.damage.add(error) }
        done.damage.segments += 1
      }
    }
    for owner in owners[place...] { counting.miss(owner, &done.damage) }
    return done
  }
}
