import BlockBytes
import Platform
import Synchronization
import TSDB

/// Goes through the segments of a block beside its index: pieces of a segment are looked into side by side, each with
/// the chunks that the index has there.
///
/// - Memory: four windows of a segment, and what `OwnerWalk` and `ChunkSums` take.
final class SegmentJoin: Sendable {
  /// Pieces that are looked into at a time.
  private static let width = 4

  /// What all pieces told, but for the sums.
  struct Findings: Sendable {
    var groups: [GroupTotals] = []
    var damage = ChunkDamage()
    /// Chunks that no series has, and their bytes.
    var unowned: UInt64 = 0
    var unownedBytes: UInt64 = 0
    /// Bytes of segments.
    var bytes: UInt64 = 0
  }

  /// What one piece told.
  private struct Done: Sendable {
    var groups = GroupRuns()
    var damage = ChunkDamage()
    var unowned: UInt64 = 0
    var unownedBytes: UInt64 = 0
  }

  private struct State: Sendable {
    var findings = Findings()
    var sums: [ChunkSums] = []
    var pieces = 0
    /// Pieces that are in `findings`: all before this one.
    var settled = 0
    var done: [Int: Done] = [:]
    var running = 0
    var waiting: [CheckedContinuation<Void, Never>] = []

    /// In the order of the pieces, so that the same block always gives the same numbers.
    mutating func settle() {
      while let next = done.removeValue(forKey: settled) {
        findings.groups.add(next.groups)
        findings.damage.append(next.damage)
        findings.unowned &+= next.unowned
        findings.unownedBytes &+= next.unownedBytes
        settled += 1
      }
    }
  }

  private let block: InspectedBlock
  private let owners: OwnerWalk
  private let state = Mutex(State())

  init(_ block: InspectedBlock, _ owners: OwnerWalk) { (self.block, self.owners) = (block, owners) }

  /// Goes through all segments.
  /// - Throws: `OwnerWalk.OtherOrder`; `TSDBError` for a damaged index, `FileError`, `BucketError`, `CancellationError`.
  func run() async throws -> (sums: ChunkSums, findings: Findings) {
    for (number, file) in block.segments.enumerated() { try await read(file, UInt64(number)) }
    // What the index has behind the last segment.
    while true {
      let rest = try await owners.next()
      if rest.isEmpty { break }
      let damage = rest.reduce(into: ChunkDamage()) { miss($1, &$0) }
      settle(Done(damage: damage), takePlace())
    }
    return state.withLock { state in (state.sums.reduce(into: ChunkSums()) { $0.merge($1) }, state.findings) }
  }

  // MARK: A segment

  private func read(_ file: DataFile, _ number: UInt64) async throws {
    let cut = SegmentPieces(file)
    try await block.data.stream(file) { [self] window in
      await waitForTurn()
      let pieces = await BlockingPool.shared.run { cut.take(window) }
      endTurn()
      for piece in pieces { try await look(piece, file, number) }
    }
    let (last, error) = cut.finish()
    for piece in last { try await look(piece, file, number) }
    // The rest of the segment has none of the chunks that the index has in it.
    var done = Done()
    for owner in try await owners.owners(before: (number + 1) << 32) { miss(owner, &done.damage) }
    if let error {
      done.damage.add(error)
      done.damage.segments += 1
    }
    settle(done, takePlace())
    // Every turn taken means that nothing is running.
    for _ in 0..<Self.width { await waitForTurn() }
    for _ in 0..<Self.width { endTurn() }
    state.withLock { $0.findings.bytes &+= file.size }
  }

  /// Begins to look into a piece, and returns when another one may come.
  private func look(_ piece: SegmentPieces.Piece, _ file: DataFile, _ number: UInt64) async throws {
    let owners = try await owners.owners(before: number << 32 | piece.end)
    let place = takePlace()
    switch piece {
    case .chunks(let chunks):
      await waitForTurn()
      BlockingPool.shared.start { [self] in
        settle(look(chunks, file.name, number, owners), place)
        endTurn()
      }
    case .long(let chunk) where chunk.isIntact:
      // By itself, so that no two of them are in memory.
      let bytes = try await block.data.read(file, chunk.offset..<piece.end)
      let chunks = SegmentSplitter.Piece(offset: chunk.offset, bytes)
      settle(await BlockingPool.shared.run { [self] in look(chunks, file.name, number, owners) }, place)
    case .long(let chunk):
      var done = Done()
      done.damage.chunks = 1
      done.damage.bytes = UInt64(chunk.size)
      done.damage.add(ChunkDamage.Place(file: file.name, offset: chunk.offset, what: "a chunk with a wrong checksum"))
      for owner in owners where owner.reference != number << 32 | chunk.offset { miss(owner, &done.damage) }
      settle(done, place)
    }
  }

  /// Looks into whole chunks.
  private func look(
    _ piece: SegmentSplitter.Piece, _ file: String, _ number: UInt64, _ owners: [ChunkOwner]
  ) -> Done {
    var done = Done()
    var place = 0
    var sums = state.withLock { $0.sums.popLast() } ?? ChunkSums()
    do {
      try piece.forEachChunk(of: file) { chunk in
        let reference = number << 32 | chunk.offset
        while place < owners.count, owners[place].reference < reference {
          miss(owners[place], &done.damage)
          place += 1
        }
        guard place < owners.count, owners[place].reference == reference else {
          done.unowned &+= 1
          done.unownedBytes &+= chunk.end &- chunk.offset
          return
        }
        place += 1
        count(chunk, owners[place - 1], file, &sums, &done)
      }
    } catch {
      if let error = error as? TSDBError { done.damage.add(error) }
      done.damage.segments += 1
    }
    for owner in owners[place...] { miss(owner, &done.damage) }
    state.withLock { [sums] in $0.sums.append(sums) }
    return done
  }

  private func count(
    _ chunk: borrowing SegmentChunk, _ owner: ChunkOwner, _ file: String, _ sums: inout ChunkSums, _ done: inout Done
  ) {
    let bytes = chunk.end &- chunk.offset
    guard chunk.isIntact else {
      done.damage.chunks &+= 1
      done.damage.bytes &+= bytes
      done.damage.add(chunk.checksumError(in: file))
      return
    }
    if owner.group == SeriesGroups.none { return }
    do throws(Fault) {
      let samples = try sums.add(chunk, owner) { done.groups.add(owner.group, interval: $0, times: $1) }
      done.groups.add(owner.group, samples: samples, bytes: bytes)
    } catch {
      done.damage.chunks &+= 1
      done.damage.bytes &+= bytes
      done.damage.add(TSDBError(error, in: file, base: chunk.dataOffset))
    }
  }

  private func miss(_ owner: ChunkOwner, _ damage: inout ChunkDamage) {
    damage.missing &+= 1
    let number = Int(owner.reference >> 32)
    let file = number < block.segments.count ? block.segments[number].name : "segment \(number + 1)"
    damage.add(
      ChunkDamage.Place(
        file: file, offset: owner.reference & 0xffff_ffff, what: "no chunk begins here, where the index has one"))
  }

  // MARK: Turns and order

  private func takePlace() -> Int {
    state.withLock { state in
      defer { state.pieces += 1 }
      return state.pieces
    }
  }

  private func settle(_ done: Done, _ place: Int) {
    state.withLock { state in
      state.done[place] = done
      state.settle()
    }
  }

  private func waitForTurn() async {
    await withCheckedContinuation { continuation in
      let isFree = state.withLock { state in
        if state.running < Self.width {
          state.running += 1
          return true
        }
        state.waiting.append(continuation)
        return false
      }
      if isFree { continuation.resume() }
    }
  }

  private func endTurn() {
    let next = state.withLock { state in
      guard state.waiting.isEmpty else { return Optional(state.waiting.removeFirst()) }
      state.running -= 1
      return nil
    }
    next?.resume()
  }
}
