import Console
import Fixtures
import Platform
import TSDB
import Testing

@testable import Analysis

@Suite("What changed between blocks")
struct BlockDiffTests {
  static let first = "raw-float-and-histogram/01M81B088QDAD3JHFN4993ETCA"
  static let second = "xor2-float/01M81B089WZ6FKNMSDPKBMGYCV"

  private static func diff(_ before: String, _ after: String) async throws -> BlockDiff {
    let blocks = try [before, after].map { try InspectedBlock(at: "\(Fixtures.root)/\($0)") }
    return try await BlockDiff(from: blocks[0], to: blocks[1], limit: 100_000)
  }

  /// The labels of every series as text.
  private static func series(_ block: String) throws -> Set<[String]> {
    let index = try Index(FileBytes(mapping: "\(Fixtures.root)/\(block)/index"))
    let symbols = try index.symbols()
    var all: Set<[String]> = []
    try index.forEachSeries { entry in
      all.insert(try entry.labels.map { "\(try symbols.text(of: $0.name))=\(try symbols.text(of: $0.value))" })
    }
    return all
  }

  @Test("a block is as it is", arguments: Fixtures.blocks)
  func same(_ block: String) async throws {
    let diff = try await Self.diff(block, block)
    #expect(diff.all.series.came == 0 && diff.all.series.went == 0 && diff.all.growth == 0)
    #expect(diff.all.series.before == diff.all.series.after && diff.all.series.before > 0)
    #expect(diff.pairs.isEmpty && diff.labels.isEmpty)
  }

  @Test("what came, went and stayed is what sets of texts say", arguments: [(first, second), (second, first)])
  func sets(_ before: String, _ after: String) async throws {
    let diff = try await Self.diff(before, after)
    let (old, new) = (try Self.series(before), try Self.series(after))
    #expect(diff.all.series.before == UInt64(old.count) && diff.all.series.after == UInt64(new.count))
    #expect(diff.all.series.came == UInt64(new.subtracting(old).count))
    #expect(diff.all.series.went == UInt64(old.subtracting(new).count))
    var came: [String: UInt64] = [:]
    for labels in new.subtracting(old) { for pair in labels { came[pair, default: 0] += 1 } }
    for pair in diff.pairs { #expect(pair.came == came["\(pair.name)=\(pair.value ?? "")"] ?? 0) }
    #expect(diff.pairs.count { $0.came > 0 } == came.count)
    #expect(diff.metrics.reduce(0) { $0 + $1.change.series.came } == diff.all.series.came)
    #expect(diff.metrics.reduce(0) { $0 + $1.change.growth } == diff.all.growth)
  }

  @Test("the bytes are those of the chunks and of the entries")
  func bytes() async throws {
    let block = try InspectedBlock(at: "\(Fixtures.root)/\(Self.first)")
    var listing = try await SeriesListing(of: block, SeriesChoice())
    var sum: UInt64 = 0
    while let rows = try await listing.next() {
      for row in rows {
        for cell in row[5...6] { if case .bytes(let bytes) = cell { sum += bytes } }
      }
    }
    #expect(try await Self.diff(Self.first, Self.second).all.bytesBefore == sum)
  }
}
