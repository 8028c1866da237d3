import BlockBytes
import Platform
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

  /// The pieces that are looked into.
  let work = PiecewiseWork(width: 4, into: Findings()) { (findings: inout Findings, piece: Piece) in
    findings.groups.add(piece.groups)
    findings.damage.append(piece.damage)
    findings.unowned &+= piece.unowned
    findings.unownedBytes &+= piece.unownedBytes
  }
  private let segments: [DataFile]
  /// Those that no piece uses at the moment.
  private let sums = Mutex<[ChunkSums]>([])

  init(segments: [DataFile]) { self.segments = segments }

  /// What was counted, when all pieces are settled.
  var result: (sums: ChunkSums, findings: Findings) {
    (sums.withLock { $0.reduce(into: ChunkSums()) { $0.merge($1) } }, work.whole)
  }

  /// Lends sums that no other thread has.
  func withSums<Value>(_ body: (inout ChunkSums) -> Value) -> Value {
    var lent = sums.withLock { $0.popLast() } ?? ChunkSums()
    let value = body(&lent)
    sums.withLock { [lent] in $0.append(lent) }
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
