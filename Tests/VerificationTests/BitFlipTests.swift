import Fixtures
import Platform
import TSDB
import Testing

@testable import Verification

/// Real files with one bit turned over, checked at `full` without any hash to go by; `HashedBitFlipTests` has the
/// rest of the ten thousand.
///
/// Every bit of an index is covered by a checksum, by the rule that padding is zero, or by what the header must be;
/// save one: versions 2 and 3 of an index are the same to every reader. A crash ends the test process, a hang fails
/// by the time limit.
@Suite("bits turned over", .timeLimit(.minutes(2)))
struct BitFlipTests {
  private static let seed: UInt64 = 20_261_123
  private static let flips = 6_000
  private static let lanes = 3

  private struct Flip: Sendable {
    let block: Int
    let path: String
    let byte: Int
    let bit: UInt8

    /// Whether no reader could tell.
    func isCovered(in original: [UInt8]) -> Bool {
      !(path == "index" && byte == 4 && original[4] == 2 && bit == 0)
    }
  }

  private struct Tally: Sendable {
    var found: [String: Int] = [:]
    var flips = 0
    var uncovered = 0
    var missed: [String] = []
  }

  /// How many of a hundred a block gets, by its place in `Fixtures.blocks`: few where all chunks take long to decode.
  private static let shares: [(block: Int, share: Int)] = [(0, 7), (1, 11), (4, 1), (5, 81)]
  /// Of every ten.
  private static let paths =
    [String](repeating: "index", count: 6) + [String](repeating: "chunks/000001", count: 3) + ["tombstones"]

  private static func draw(_ blocks: [MemoryBlockData], _ random: inout SeededRandom) -> Flip {
    let block = shares.flatMap { [Int](repeating: $0.block, count: $0.share) }[Int.random(in: 0..<100, using: &random)]
    let contents = blocks[block].contents
    let path = paths[Int.random(in: 0..<10, using: &random)]
    let bytes = contents[path] ?? contents["index"] ?? []
    return Flip(
      block: block, path: contents[path] == nil ? "index" : path, byte: Int.random(in: 0..<bytes.count, using: &random),
      bit: UInt8.random(in: 0..<8, using: &random))
  }

  @Test("every one in a byte that is covered is found")
  func flips() async throws {
    let blocks = try Fixtures.blocks.map { try MemoryBlockData($0) }
    let metas = try Fixtures.blocks.map { try BlockMeta(parsing: Fixtures.bytes("\($0)/meta.json"), file: "meta.json") }
    var random = SeededRandom(seed: Self.seed)
    let all = (0..<Self.flips).map { _ in Self.draw(blocks, &random) }
    let tallies = try await withThrowingTaskGroup(of: Tally.self) { group in
      // Not all cores: other tests run at the same time, some of them by the clock.
      for lane in 0..<Self.lanes {
        group.addTask {
          var tally = Tally()
          for flip in all.enumerated().filter({ $0.offset % Self.lanes == lane }).map(\.element) {
            try await Self.check(flip, blocks[flip.block], metas[flip.block], &tally)
          }
          return tally
        }
      }
      return try await group.reduce(into: [Tally]()) { $0.append($1) }
    }
    var found: [String: Int] = [:]
    for tally in tallies { found.merge(tally.found, uniquingKeysWith: +) }
    let uncovered = tallies.reduce(0) { $0 + $1.uncovered }
    print("seed \(Self.seed): \(Self.flips) bits turned over, \(uncovered) of them in bytes that nothing covers")
    for (words, count) in found.sorted(by: { $0.key < $1.key }) { print("  \(words): \(count)") }
    #expect(tallies.flatMap(\.missed) == [])
    #expect(tallies.reduce(0) { $0 + $1.flips } == Self.flips)
  }

  private static func check(
    _ flip: Flip, _ block: MemoryBlockData, _ meta: BlockMeta, _ tally: inout Tally
  ) async throws {
    var changed = block
    changed.contents[flip.path]?[flip.byte] ^= 1 << flip.bit
    let report = try await changed.report(meta)
    tally.flips += 1
    let isCovered = flip.isCovered(in: block.contents[flip.path] ?? [])
    if !isCovered { tally.uncovered += 1 }
    if let first = report.findings.first {
      tally.found["\(flip.path): \(first.id.rawValue)", default: 0] += 1
    } else if isCovered {
      tally.missed.append("\(Fixtures.blocks[flip.block])/\(flip.path): byte \(flip.byte), bit \(flip.bit)")
    }
  }
}
