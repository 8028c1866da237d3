import BlockBytes
import Platform
import TSDB

/// Tells the bytes of chunks from an index alone: each goes on to where the next one begins, the last of a segment to
/// its end. A chunk that the index does not have counts for the one before it.
struct ReferenceGaps: Sendable {
  private let block: InspectedBlock
  private let owners: OwnerWalk

  init(_ block: InspectedBlock, _ owners: OwnerWalk) { (self.block, self.owners) = (block, owners) }

  /// - Throws: as `SegmentJoin.run`.
  func run() async throws -> SegmentJoin.Findings {
    var findings = SegmentJoin.Findings()
    findings.bytes = block.segments.reduce(0) { $0 &+ $1.size }
    let sizes = block.segments.map(\.size)
    var before: ChunkOwner?
    while true {
      let owners = try await owners.next()
      (findings, before) = await BlockingPool.shared.run { [findings, before] in
        var (findings, before) = (findings, before)
        var runs = GroupRuns()
        for owner in owners {
          if let before { Self.add(before, next: owner.reference, sizes, &runs, &findings.damage) }
          before = owner
        }
        if owners.isEmpty, let before { Self.add(before, next: .max, sizes, &runs, &findings.damage) }
        findings.groups.add(runs)
        return (findings, before)
      }
      if owners.isEmpty { return findings }
    }
  }

  private static func add(
    _ owner: ChunkOwner, next: UInt64, _ sizes: [UInt64], _ runs: inout GroupRuns, _ damage: inout ChunkDamage
  ) {
    let (number, offset) = (Int(owner.reference >> 32), owner.reference & 0xffff_ffff)
    guard number < sizes.count, offset < sizes[number] else {
      damage.missing &+= 1
      damage.add(
        ChunkDamage.Place(
          file: "segment \(number + 1)", offset: offset, what: "the index has a chunk here, behind the segment's end"))
      return
    }
    let end = next >> 32 == owner.reference >> 32 ? min(next & 0xffff_ffff, sizes[number]) : sizes[number]
    if owner.group != SeriesGroups.none { runs.add(owner.group, samples: 0, bytes: end - offset) }
  }
}
