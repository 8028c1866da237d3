import BlockBytes
import Synchronization
import TSDB

/// Counts the chunks of a block that are looked into side by side, and puts together what they told in the order in
/// which they lie, so that the same block always gives the same numbers.
final class ChunkCounting: Sendable {
  /// What all pieces told, but for the sums.
  struct Findings: Sendable {
    var groups: [GroupTotals] = []
    var damage = ChunkDamage()
    /// Chunks that no series has, and their bytes.
    var unowned: UInt64 = 0
    var unownedBytes: UInt64 = 0
  }

  /// What one piece told.
  struct Piece: Sendable {
    var groups = GroupRuns()
    var damage = ChunkDamage()
    var unowned: UInt64 = 0
    var unownedBytes: UInt64 = 0
  }

  private struct State: Sendable {
    var findings = Findings()
    /// Those that no piece uses at the moment.
    var sums: [ChunkSums] = []
    var pieces = 0
    /// Pieces that are in `findings`: all before this one.
    var settled = 0
    var done: [Int: Piece] = [:]

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

  private let segments: [DataFile]
  private let state = Mutex(State())

  init(segments: [DataFile]) { self.segments = segments }

  /// What was counted, when all pieces are settled.
  var result: (sums: ChunkSums, findings: Findings) {
    state.withLock { state in (state.sums.reduce(into: ChunkSums()) { $0.merge($1) }, state.findings) }
  }

  /// A place in the order, to be settled whatever becomes of the piece.
  func takePlace() -> Int {
    state.withLock { state in
      defer { state.pieces += 1 }
      return state.pieces
    }
  }

  func settle(_ piece: Piece, _ place: Int) {
    state.withLock { state in
      state.done[place] = piece
      state.settle()
    }
  }

  /// Lends sums that no other thread has.
  func withSums<Value>(_ body: (inout ChunkSums) -> Value) -> Value {
    var sums = state.withLock { $0.sums.popLast() } ?? ChunkSums()
    let value = body(&sums)
    state.withLock { [sums] in $0.sums.append(sums) }
    return value
  }

  /// Counts a chunk that a series has.
  func count(
    _ chunk: borrowing SegmentChunk, _ owner: ChunkOwner, _ file: String, _ sums: inout ChunkSums, _ piece: inout Piece
  ) {
    let bytes = chunk.end &- chunk.offset
    guard chunk.isIntact else {
      piece.damage.add(chunkOf: bytes, chunk.checksumError(in: file))
      return
    }
    if owner.group == SeriesGroups.none { return }
    do throws(Fault) {
      let samples = try sums.add(chunk, owner) { piece.groups.add(owner.group, interval: $0, times: $1) }
      piece.groups.add(owner.group, samples: samples, bytes: bytes)
    } catch {
      piece.damage.add(chunkOf: bytes, TSDBError(error, in: file, base: chunk.dataOffset))
    }
  }

  /// Counts a chunk of the index at whose place there is none.
  func miss(_ owner: ChunkOwner, _ damage: inout ChunkDamage) {
    damage.miss(owner, segments, "no chunk begins here, where the index has one")
  }
}
