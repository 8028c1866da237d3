import BlockBytes
import Platform
import Synchronization
import TSDB

/// Tells the bytes of chunks from an index alone: each goes on to where the next one begins, the last of a segment to
/// its end. A chunk that the index does not have counts for the one before it.
struct ReferenceGaps: Sendable {
  private let sizes: [UInt64]
  private var before: ChunkOwner?

  init(_ segments: [DataFile]) { sizes = segments.map(\.size) }

  /// Takes the next chunks in the order of the segments.
  /// - Parameter body: gets each chunk, and its bytes: `nil` for one that lies behind the end of its segment. The last
  ///   one comes with the chunks that follow it.
  mutating func take(_ owners: [ChunkOwner], _ body: (ChunkOwner, _ bytes: UInt64?) throws -> Void) rethrows {
    for owner in owners {
      if let before { try body(before, bytes(of: before, next: owner.reference)) }
      before = owner
    }
  }

  /// To be called when there are no more.
  mutating func finish(_ body: (ChunkOwner, _ bytes: UInt64?) throws -> Void) rethrows {
    if let before { try body(before, bytes(of: before, next: .max)) }
    before = nil
  }

  private func bytes(of owner: ChunkOwner, next: UInt64) -> UInt64? {
    let (number, offset) = (owner.reference >> 32, owner.reference & 0xffff_ffff)
    guard number < UInt64(sizes.count), offset < sizes[Int(number)] else { return nil }
    let end = sizes[Int(number)]
    return (next >> 32 == number ? min(next & 0xffff_ffff, end) : end) - offset
  }
}

extension ReferenceGaps {
  private final class Held<Sum: Sendable>: Sendable {
    let state: Mutex<(gaps: ReferenceGaps, sum: Sum)>
    init(_ gaps: ReferenceGaps, _ sum: Sum) { state = Mutex((gaps, sum)) }
  }

  /// Goes through all chunks of an index.
  /// - Parameters:
  ///   - sum: to begin with. It is held in one place, however large it is.
  ///   - add: gets chunks as `take` hands them over.
  /// - Throws: as `SegmentJoin.run`.
  static func reduce<Sum: Sendable>(
    _ owners: OwnerWalk, _ segments: [DataFile], _ sum: Sum,
    _ add: @escaping @Sendable (inout Sum, ChunkOwner, _ bytes: UInt64?) -> Void
  ) async throws -> Sum {
    let held = Held(ReferenceGaps(segments), sum)
    while true {
      let next = try await owners.next()
      await BlockingPool.shared.run {
        held.state.withLock { state in
          // Taken out, as the closure must not reach into what is changed.
          var gaps = state.gaps
          gaps.take(next) { add(&state.sum, $0, $1) }
          if next.isEmpty { gaps.finish { add(&state.sum, $0, $1) } }
          state.gaps = gaps
        }
      }
      if next.isEmpty { return held.state.withLock { $0.sum } }
    }
  }

  /// Counts the chunks of an index by groups.
  /// - Throws: as `SegmentJoin.run`.
  static func count(_ owners: OwnerWalk, _ segments: [DataFile]) async throws -> ChunkCounting.Findings {
    try await reduce(owners, segments, ChunkCounting.Findings()) { findings, owner, bytes in
      guard owner.group != SeriesGroups.none else { return }
      if let bytes {
        findings.groups.add(owner.group, bytes: bytes)
      } else {
        findings.damage.miss(owner, segments, "the index has a chunk here, behind the segment's end")
      }
    }
  }
}
