import BlockBytes
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
    for pair in diff.pairs { #expect(pair.churn.came == came["\(pair.name)=\(pair.value ?? "")"] ?? 0) }
    #expect(diff.pairs.count { $0.churn.came > 0 } == came.count)
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

  @Test("an index v1 and the same series as v2 are the same")
  func versions() async throws {
    let folder = try TemporaryFolder()
    let first = "\(Fixtures.root)/index-v1/01DXXFZDYD1MQW6079WK0K6EDQ"
    let second = "\(folder.path)/v2"
    try shell("cp -r \(first) \(second) && chmod -R u+w \(second)")
    try AtomicFile.write(try RewrittenIndex("\(first)/index").bytes, to: "\(second)/index")
    for paths in [[first, second], [second, first]] {
      let blocks = try paths.map { try InspectedBlock(at: $0) }
      let diff = try await BlockDiff(from: blocks[0], to: blocks[1])
      #expect(diff.all.series == Change(before: 102, after: 102, came: 0, went: 0))
      #expect(diff.pairs.isEmpty && diff.labels.isEmpty)
    }
    let other = try InspectedBlock(at: "\(Fixtures.root)/\(Self.first)")
    let apart = try await BlockDiff(from: try InspectedBlock(at: first), to: other, limit: 100_000)
    #expect(apart.all.series == Change(before: 102, after: 120, came: 120, went: 102))
    #expect(apart.pairs.reduce(0) { $0 + $1.churn.went } == 102)
    // Series of several chunks.
    #expect(apart.labels.first { $0.name == "__name__" }?.churn.cameBytes == apart.all.bytesAfter)
  }

  /// Blocks of `{__name__="m", n="…"}`, with symbols besides that shift the numbers of all others.
  private static func block(_ folder: String, _ name: String, _ values: [String], _ extra: [String]) throws -> InspectedBlock {
    var block = SmallBlock()
    for value in values { block.add(["__name__": "m", "n": value], [(1_700_000_000_000, 1), (1_700_000_015_000, 2)]) }
    for text in extra { block.add(["__name__": text, "\(text)": text], [(1_700_000_000_000, 1)]) }
    return try InspectedBlock(at: try block.write(in: "\(folder)/\(name)"))
  }

  @Test("labels are compared as text, whatever their numbers in each index are")
  func symbols() async throws {
    let folder = try TemporaryFolder()
    let before = try Self.block(folder.path, "before", ["a", "c", "e", "ü", "\u{1F600}"], ["A", "zz"])
    let after = try Self.block(folder.path, "after", ["b", "c", "e", "ee", "\u{FF5E}", "\u{1F600}"], ["0", "B", "bb", "zz", "\u{7f}"])
    let diff = try await BlockDiff(from: before, to: after, limit: 100)
    #expect(diff.all.series == Change(before: 7, after: 11, came: 7, went: 3))
    func texts(_ labels: [BlockDiff.Label], _ count: (BlockDiff.Label) -> UInt64) -> Set<String> {
      Set(labels.filter { count($0) > 0 }.map { "\($0.name)=\($0.value ?? "")" })
    }
    let came = texts(diff.pairs) { $0.churn.came }
    #expect(Set(came.filter { $0.hasPrefix("n=") }) == Set(["n=b", "n=ee", "n=\u{FF5E}"]))
    #expect(texts(diff.pairs) { $0.churn.went } == ["__name__=m", "n=a", "n=ü", "__name__=A", "A=A"])
    let back = try await BlockDiff(from: after, to: before, limit: 100)
    #expect(back.all.series == Change(before: 11, after: 7, came: 3, went: 7) && back.all.growth == -diff.all.growth)
  }

  @Test("the bytes of what came are those of these series' entries and chunks")
  func churnedBytes() async throws {
    let folder = try TemporaryFolder()
    let before = try Self.block(folder.path, "before", ["a", "c", "e"], [])
    let after = try Self.block(folder.path, "after", ["a", "b", "c", "d"], [])
    let diff = try await BlockDiff(from: before, to: after, limit: 100)
    var bytes: [String: UInt64] = [:]
    for block in [before, after] {
      var listing = try await SeriesListing(of: block, SeriesChoice())
      while let rows = try await listing.next() {
        for row in rows {
          guard case .text(let labels) = row[0], case .bytes(let chunks) = row[5], case .bytes(let entry) = row[6] else { continue }
          bytes[labels] = chunks + entry
        }
      }
    }
    func cost(_ value: String) throws -> UInt64 { try #require(bytes[#"{__name__="m", n="\#(value)"}"#]) }
    for pair in diff.pairs where pair.name == "n" {
      let value = try #require(pair.value)
      let came = value == "e" ? 0 : try cost(value)
      let went = value == "e" ? try cost(value) : 0
      #expect(pair.churn.cameBytes == came && pair.churn.wentBytes == went, "\(value)")
    }
    let name = try #require(diff.pairs.first { $0.name == "__name__" }?.churn)
    #expect(name == Churn(came: 2, went: 1, cameBytes: try cost("b") + cost("d"), wentBytes: try cost("e")))
  }

  @Test("blocks with nothing in common, and one without series")
  func disjoint() async throws {
    let folder = try TemporaryFolder()
    let before = try Self.block(folder.path, "before", (0..<3_000).map { "a\($0)" }, [])
    let after = try Self.block(folder.path, "after", (0..<2_000).map { "b\($0)" }, [])
    let empty = try Self.block(folder.path, "empty", [], [])
    let diff = try await BlockDiff(from: before, to: after, limit: 10)
    #expect(diff.all.series == Change(before: 3_000, after: 2_000, came: 2_000, went: 3_000))
    #expect(diff.metrics.map(\.name) == ["m"] && diff.labels.map(\.values).sorted() == [1, 5_000])
    #expect(diff.pairs.count == 10 && diff.pairs[0].name == "__name__" && diff.pairs[0].churn.series == 5_000)
    // All that there is has this label.
    #expect(diff.pairs[0].churn.cameBytes == diff.all.bytesAfter && diff.pairs[0].churn.wentBytes == diff.all.bytesBefore)
    #expect(diff.labels.allSatisfy { $0.churn == diff.pairs[0].churn })
    let gone = try await BlockDiff(from: before, to: empty, limit: 10)
    #expect(gone.all.series == Change(before: 3_000, after: 0, came: 0, went: 3_000) && gone.all.bytesAfter == 0)
    let come = try await BlockDiff(from: empty, to: after, limit: 10)
    #expect(come.all.series.came == 2_000 && come.all.growth > 0)
  }

  @Test("series that are not in the order of their labels are an error, not a wrong answer")
  func disorder() async throws {
    let folder = try TemporaryFolder()
    let block = try Self.block(folder.path, "before", ["a", "b"], [])
    var index = try RewrittenIndex(block.index.name)
    index.series.swapAt(0, 1)
    let path = try #require(block.index.name.split(separator: "/index").first.map { "\($0)" })
    try AtomicFile.write(index.bytes, to: "\(path)/index")
    let error = await #expect(throws: TSDBError.self) {
      _ = try await BlockDiff(from: try InspectedBlock(at: path), to: block)
    }
    #expect(error?.expected.contains("order") == true)
  }
}
