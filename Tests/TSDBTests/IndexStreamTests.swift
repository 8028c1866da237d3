import Fixtures
import Platform
import Testing

@testable import TSDB

@Suite("an index that passes by")
struct IndexStreamTests {
  static let indexes = Fixtures.blocks.map { $0 + "/index" }

  private static func passed(
    _ bytes: [UInt8], _ window: Int, _ surroundings: IndexSurroundings, _ limits: IndexLimits = IndexLimits()
  ) -> IndexFindings {
    var check = IndexStreamCheck(
      file: "some/index", size: UInt64(bytes.count), tail: Array(bytes.suffix(52)), surroundings: surroundings,
      limits: limits)
    for place in stride(from: 0, to: bytes.count, by: window) {
      check.scan(bytes.rawBytes.extracting(place..<(place + min(window, bytes.count - place))))
    }
    return check.finish()
  }

  /// What the bytes show while they pass by.
  static func faults(_ bytes: [UInt8], window: Int) -> [BlockFault] {
    passed(bytes, window, IndexSurroundings()).faults.all
  }

  /// Checks an index that comes in windows of a size, its postings and the names of its series included.
  static func findings(
    _ bytes: [UInt8], window: Int = 4096, _ surroundings: IndexSurroundings = IndexSurroundings(),
    limits: IndexLimits = IndexLimits()
  ) async throws -> IndexFindings {
    var findings = passed(bytes, window, surroundings, limits)
    let read: IndexFindings.Read = { Array(bytes[Int($0.lowerBound)..<Int($0.upperBound)]) }
    try await findings.judgePostings(read: read)
    try await findings.name(read: read)
    return findings
  }

  @Test("what Prometheus and Thanos wrote is good, in windows of any size", arguments: indexes, [1, 7, 4096, 1 << 30])
  func fixtures(path: String, window: Int) async throws {
    let bytes = try Fixtures.bytes(path)
    let findings = try await Self.findings(bytes, window: window)
    #expect(findings.faults.all == [])
    var counts = IndexCounts()
    try Index(FileBytes(bytes, name: path)).forEachSeries { entry in
      counts.series += 1
      for chunk in entry.chunks {
        counts.chunks.insert(chunk.reference)
        counts.timedChunks.insert(chunk.reference, minTime: chunk.minTime, maxTime: chunk.maxTime)
        counts.lastSegment = chunk.reference >> 32
      }
    }
    counts.isComplete = true
    #expect(findings.counts == counts && counts.series > 0)
  }

  @Test("an index without series is good, and so is version 3")
  func odd() async throws {
    var empty = IndexBytes()
    empty.symbols = IndexBytes.symbols([])
    empty.series = []
    empty.lists = { _ in [IndexBytes.list([])] }
    empty.table = { IndexBytes.table([("", "", $0[0])]) }
    #expect(try await Self.findings(empty.bytes).faults.all == [])
    var newer = IndexBytes()
    newer.version = 3
    newer.contents = { $0[2...3] = [0, 0] }
    #expect(try await Self.findings(newer.bytes).faults.all == [])
  }

  @Test("the chunks that are out of order are, and nothing else is wrong", arguments: [1, 1 << 20])
  func outOfOrder(window: Int) async throws {
    let bytes = try OpenFile(Fixtures.outOfOrderIndex).readAll(limit: 1 << 20)
    let findings = try await Self.findings(bytes, window: window)
    #expect(Set(findings.faults.all.map(\.kind)) == [.outOfOrderChunk])
  }

  struct Damage: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let kinds: [BlockFault.Kind]
    var series: String?
    let change: @Sendable (inout IndexBytes) -> Void

    init(
      _ name: String, _ kinds: [BlockFault.Kind], series: String? = nil,
      _ change: @escaping @Sendable (inout IndexBytes) -> Void
    ) {
      (testDescription, self.kinds, self.series, self.change) = (name, kinds, series, change)
    }

    static func chunk(_ min: Int64, _ length: UInt64, at offset: UInt64) -> [UInt8] {
      IndexBytes.varint(min) + IndexBytes.uvarint(length) + IndexBytes.uvarint(offset)
    }

    static func next(_ gap: Int64, _ length: Int64, _ distance: Int64) -> [UInt8] {
      IndexBytes.uvarint(UInt64(bitPattern: gap)) + IndexBytes.uvarint(UInt64(bitPattern: length))
        + IndexBytes.varint(distance)
    }

    static let all = [
      Damage("nothing", []) { _ in },
      Damage("symbols that have changed places", [.symbolsUnsorted]) {
        $0.symbols = IndexBytes.symbols(["a", "c", "b"])
        $0.table = { IndexBytes.table([("", "", $0[0]), ("a", "b", $0[2]), ("a", "c", $0[1])]) }
      },
      Damage("a symbol that is there twice", [.symbolsUnsorted]) {
        $0.symbols = IndexBytes.symbols(["a", "b", "c", "c"])
      },
      Damage("series that have changed places", [.seriesUnsorted], series: #"{a="b"}"#) {
        $0.series.swapAt(0, 1)
        $0.lists = { [IndexBytes.list($0), IndexBytes.list([$0[1]]), IndexBytes.list([$0[0]])] }
        $0.series[1] = [1, 0, 1, 1] + chunk(1000, 100, at: 80)
      },
      Damage("a series that is there twice", [.duplicateSeries], series: #"{a="c"}"#) {
        $0.series.append([1, 0, 2, 1] + chunk(1000, 100, at: 80))
        $0.lists = { [IndexBytes.list($0), IndexBytes.list([$0[0]]), IndexBytes.list(Array($0[1...]))] }
      },
      Damage("labels that have changed places", [.labelsUnsorted], series: #"{b="c", a="b"}"#) {
        $0.series = [[2, 1, 2, 0, 1, 1] + chunk(1000, 100, at: 8)]
        $0.lists = { [IndexBytes.list($0), IndexBytes.list($0), IndexBytes.list($0)] }
        $0.table = { IndexBytes.table([("", "", $0[0]), ("a", "b", $0[1]), ("b", "c", $0[2])]) }
      },
      Damage("a label name twice", [.labelsUnsorted], series: #"{a="b", a="c"}"#) {
        $0.series = [[2, 0, 1, 0, 2, 1] + chunk(1000, 100, at: 8)]
        $0.lists = { [IndexBytes.list($0), IndexBytes.list($0), IndexBytes.list($0)] }
      },
      Damage("an empty label value", [.emptyLabel], series: #"{a=""}"#) {
        $0.symbols = IndexBytes.symbols(["", "a"])
        $0.series = [[1, 1, 0, 1] + chunk(1000, 100, at: 8)]
        $0.lists = { [IndexBytes.list($0), IndexBytes.list($0)] }
        $0.table = { IndexBytes.table([("", "", $0[0]), ("a", "", $0[1])]) }
      },
      Damage("an empty label name", [.emptyLabel], series: #"{="a"}"#) {
        $0.symbols = IndexBytes.symbols(["", "a"])
        $0.series = [[1, 0, 1, 1] + chunk(1000, 100, at: 8)]
        $0.lists = { [IndexBytes.list($0), IndexBytes.list($0)] }
        $0.table = { IndexBytes.table([("", "", $0[0]), ("", "a", $0[1])]) }
      },
      Damage("a symbol that is not there", [.indexMalformed]) { $0.series[0][2] = 9 },
      Damage("references that do not rise", [.postingsUnsorted]) {
        $0.lists = { [IndexBytes.list($0.reversed()), IndexBytes.list([$0[0]]), IndexBytes.list([$0[1]])] }
      },
      Damage("a list that lacks a series", [.postingsIncomplete], series: #"{a="b"}"#) {
        $0.lists = { [IndexBytes.list($0), IndexBytes.list([]), IndexBytes.list([$0[1]])] }
      },
      Damage("a list with a series too many", [.postingsIncomplete], series: #"{a="b"}"#) {
        $0.lists = { [IndexBytes.list($0), IndexBytes.list([$0[0]]), IndexBytes.list($0)] }
      },
      Damage("a list of all series that lacks one", [.postingsIncomplete], series: #"{a="c"}"#) {
        $0.lists = { [IndexBytes.list([$0[0]]), IndexBytes.list([$0[0]]), IndexBytes.list([$0[1]])] }
      },
      Damage("no list of all series", [.postingsIncomplete]) {
        $0.lists = { [IndexBytes.list([$0[0]]), IndexBytes.list([$0[1]])] }
        $0.table = { IndexBytes.table([("a", "b", $0[0]), ("a", "c", $0[1])]) }
      },
      Damage("a label without a list", [.postingsIncomplete], series: #"{a="c"}"#) {
        $0.lists = { [IndexBytes.list($0), IndexBytes.list([$0[0]])] }
        $0.table = { IndexBytes.table([("", "", $0[0]), ("a", "b", $0[1])]) }
      },
      Damage("lists that have changed places", [.postingsIncomplete, .postingsIncomplete]) {
        $0.table = { IndexBytes.table([("", "", $0[0]), ("a", "b", $0[2]), ("a", "c", $0[1])]) }
      },
      Damage("a reference to no series", [.postingsDangling]) {
        $0.lists = { [IndexBytes.list($0), IndexBytes.list([$0[0], 900]), IndexBytes.list([$0[1]])] }
      },
      Damage("rows that have changed places", [.offsetTable]) {
        $0.table = { IndexBytes.table([("", "", $0[0]), ("a", "c", $0[2]), ("a", "b", $0[1])]) }
      },
      Damage("a row that leads nowhere", [.offsetTable]) {
        $0.table = { IndexBytes.table([("", "", $0[0]), ("a", "b", $0[1]), ("a", "c", $0[2] + 4)]) }
      },
      Damage("two rows that lead to one list", [.offsetTable]) {
        $0.table = { IndexBytes.table([("", "", $0[0]), ("a", "b", $0[1]), ("a", "c", $0[1])]) }
      },
      Damage("a list that no row leads to", [.offsetTable]) {
        $0.lists = { [IndexBytes.list($0), IndexBytes.list([$0[0]]), IndexBytes.list([$0[1]]), IndexBytes.list([])] }
      },
      Damage("a label index that lacks a value", [.offsetTable]) {
        $0.labelIndices = [IndexBytes.be32(1) + IndexBytes.list([1])]
        $0.labelTable = { IndexBytes.be32(1) + [1, 1, 97] + IndexBytes.uvarint($0[0]) }
      },
      Damage("a label index whose values are not sorted", [.indexMalformed]) {
        $0.labelIndices = [IndexBytes.be32(1) + IndexBytes.list([2, 1])]
        $0.labelTable = { IndexBytes.be32(1) + [1, 1, 97] + IndexBytes.uvarint($0[0]) }
      },
      Damage("a label index that is as it should be", []) {
        $0.labelIndices = [IndexBytes.be32(1) + IndexBytes.list([1, 2])]
        $0.labelTable = { IndexBytes.be32(1) + [1, 1, 97] + IndexBytes.uvarint($0[0]) }
      },
      Damage("a chunk that ends before it begins", [.chunkRange], series: #"{a="b"}"#) {
        $0.series[0] = [1, 0, 1, 1] + chunk(1000, UInt64(bitPattern: -5), at: 8)
      },
      Damage("a chunk that overlaps the one before it", [.chunkOverlap], series: #"{a="b"}"#) {
        $0.series[0] = [1, 0, 1, 2] + chunk(1000, 100, at: 8) + next(-10, 100, 8)
      },
      Damage("a chunk that begins where the one before it ends", [.chunkOverlap], series: #"{a="b"}"#) {
        $0.series[0] = [1, 0, 1, 2] + chunk(1000, 100, at: 8) + next(0, 100, 8)
      },
      Damage("a chunk that lies before the one before it", [.outOfOrderChunk], series: #"{a="b"}"#) {
        $0.series[0] = [1, 0, 1, 2] + chunk(1500, 100, at: 8) + next(-600, 100, 8)
      },
      Damage("a chunk before the block", [.chunkOutsideBlock], series: #"{a="b"}"#) {
        $0.series[0] = [1, 0, 1, 1] + chunk(999, 100, at: 8)
      },
      Damage("a chunk that ends with the block", [.chunkOutsideBlock], series: #"{a="b"}"#) {
        $0.series[0] = [1, 0, 1, 1] + chunk(1000, 1000, at: 8)
      },
      Damage("a chunk that ends just before the block", []) {
        $0.series[0] = [1, 0, 1, 1] + chunk(1000, 999, at: 8)
      },
      Damage("a chunk behind the segment's end", [.chunkMissing], series: #"{a="c"}"#) {
        $0.series[1] = [1, 0, 2, 1] + chunk(1000, 100, at: 500)
      },
      Damage("chunks that lie in another order", [.chunkReferencesUnordered], series: #"{a="c"}"#) {
        $0.series[0] = [1, 0, 1, 1] + chunk(1000, 100, at: 40)
        $0.series[1] = [1, 0, 2, 1] + chunk(1000, 100, at: 8)
      },
    ]
  }

  @Test("a rule that is broken under right checksums is found as what it is", arguments: Damage.all, [1, 5, 1 << 20])
  func damage(damage: Damage, window: Int) async throws {
    var parts = IndexBytes()
    damage.change(&parts)
    let surroundings = IndexSurroundings(times: (1000, 2000), segmentSizes: [500])
    let faults = try await Self.findings(parts.bytes, window: window, surroundings).faults.all
    #expect(faults.map(\.kind) == damage.kinds, "\(faults)")
    #expect(faults.first?.series == damage.series || damage.series == nil, "\(faults)")
  }

  @Test("what cannot be is a fault of the index, never a crash", arguments: HostileIndex.all, [1, 64])
  func hostile(input: HostileIndex, window: Int) async throws {
    var parts = IndexBytes()
    input.change(&parts)
    let faults = try await Self.findings(parts.bytes, window: window).faults.all
    #expect(!faults.isEmpty)
  }

  @Test("an index that breaks off is malformed wherever it does")
  func truncated() async throws {
    let bytes = IndexBytes().bytes
    for count in 0..<bytes.count {
      let faults = try await Self.findings(Array(bytes.prefix(count)), window: 16).faults.all
      #expect(!faults.isEmpty, "\(count) bytes")
    }
  }

  @Test("a damaged series makes none of its neighbours suspect", arguments: indexes)
  func oneSeries(path: String) async throws {
    let original = try Fixtures.bytes(path)
    var entries: [Range<Int>] = []
    try Index(FileBytes(original, name: path)).forEachSeries {
      entries.append(Int($0.offset)..<(Int($0.offset) + $0.byteCount))
    }
    for (number, entry) in entries.enumerated() {
      for place in [entry.lowerBound, entry.lowerBound + entry.count / 2, entry.upperBound - 1] {
        var bytes = original
        bytes[place] ^= 0x41
        let findings = try await Self.findings(bytes, window: number % 2 == 0 ? 1 << 20 : 100)
        let faults = findings.faults.all
        #expect(faults.count == 1 && entry.contains(Int(faults.first?.offset ?? 0)), "byte \(place): \(faults)")
        #expect(findings.counts.series == UInt64(entries.count - 1), "byte \(place)")
      }
    }
  }

  @Test("windows of any size tell the same of a damaged index")
  func windows() async throws {
    let original = try Fixtures.bytes(Self.indexes[0])
    var random = SeededRandom(seed: 7)
    for _ in 0..<60 {
      var bytes = original
      for _ in 0..<Int.random(in: 1..<6, using: &random) {
        let place = Int.random(in: 5..<bytes.count - 52, using: &random)
        bytes[place] = UInt8.random(in: 0...255, using: &random)
      }
      let whole = try await Self.findings(bytes, window: 1 << 30).faults.all
      for window in [1, 13, 500] {
        let pieces = try await Self.findings(bytes, window: window).faults.all
        #expect(pieces == whole)
      }
    }
  }

  @Test("an index with more labels than are kept is checked for all else, and that is noted", arguments: [0, 1, 2])
  func limits(limited: Int) async throws {
    var limits = IndexLimits()
    if limited == 0 { limits.symbols = 10 }
    if limited == 1 { limits.lists = 10 }
    if limited == 2 { limits.seriesPlaces = 64 }
    let bytes = try Fixtures.bytes(Self.indexes[0])
    let faults = try await Self.findings(bytes, limits: limits).faults.all
    // Which references lead to no series is told by the sums, too.
    #expect(faults.map(\.kind) == (limited == 2 ? [] : [.postingsUnproved]))
    var damaged = bytes
    damaged[9000] ^= 1
    #expect(try await Self.findings(damaged, limits: limits).faults.all.map(\.kind) == [.indexChecksum])
  }

  @Test("a hash of labels can be turned around, which is how one series that a list lacks is named")
  func hashes() {
    var random = SeededRandom(seed: 3)
    for _ in 0..<1000 {
      let value = random.next()
      #expect(LabelHash.unmixed(LabelHash.mixed(value)) == value)
      #expect(LabelHash.inverse(ofOdd: value | 1) &* (value | 1) == 1)
    }
  }
}
