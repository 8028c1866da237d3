import Fixtures
import Platform
import Testing

@testable import TSDB

/// Real files with bytes changed at random: whatever comes of it has to be a result or a `TSDBError`, and soon.
///
/// A trap ends the test process, and a hang fails by its time limit.
@Suite("Changed indexes and tombstones", .timeLimit(.minutes(2)))
struct MutationTests {
  static let seed: UInt64 = 0x626c_6f63_6b68_6175
  static let mutationsAFile = 2000

  static let indexes = Fixtures.blocks.map { $0 + "/index" } + ["out-of-order-chunks/index"]

  @Test("an index with random changes gives a result or a typed error", arguments: indexes)
  func index(path: String) throws {
    let original = try Fixtures.bytes(path)
    var random = SeededRandom(seed: Self.seed)
    print("\(path): \(Self.mutationsAFile) mutations, seed \(Self.seed)")
    var failures = 0
    for number in 0..<Self.mutationsAFile {
      var bytes = original
      Self.mutate(&bytes, &random)
      // Else nearly all of them would end at a checksum, and the parsers behind would see good input only.
      let repairing = number % 4 != 0
      if repairing { Self.repairContents(&bytes) }
      do {
        let index = try Index(FileBytes(bytes, name: path))
        _ = try IndexContent(reading: index, checkingChecksums: !repairing)
      } catch let error as TSDBError {
        failures += 1
        #expect(error.file == path && error.offset <= UInt64(bytes.count))
      }
      for fault in IndexStreamTests.faults(bytes, window: 1 << 20) {
        #expect((fault.offset ?? 0) <= UInt64(bytes.count))
      }
    }
    #expect(failures > 0)
  }

  @Test("a change of any one byte is found by a checksum", arguments: indexes)
  func everyByte(path: String) throws {
    let original = try Fixtures.bytes(path)
    var random = SeededRandom(seed: Self.seed)
    print("\(path): every byte, seed \(Self.seed)")
    // The largest ones byte by byte would take long in a debug build.
    let step = max(1, original.count / 5000)
    for place in stride(from: 0, to: original.count, by: step) where place != 4 {  // The version has no checksum.
      var bytes = original
      bytes[place] ^= 1 << UInt8(random.next() % 8)
      #expect(!IndexStreamTests.faults(bytes, window: 1 << 20).isEmpty, "byte \(place)")
    }
  }

  @Test("every damaged section is reported, not only the first")
  func allSections() throws {
    let path = "index-v1/01DXXFZDYD1MQW6079WK0K6EDQ/index"
    var bytes = try Fixtures.bytes(path)
    let contents = try Index(FileBytes(bytes, name: path)).tableOfContents
    let sections: [TableOfContents.Section] = [
      .symbols, .series, .labelIndices, .postings, .labelIndicesTable, .postingsTable,
    ]
    for section in sections { bytes[Self.middle(contents.range(of: section))] ^= 1 }
    let faults = IndexStreamTests.faults(bytes, window: 100)
    for section in sections {
      let range = contents.range(of: section)
      #expect(faults.contains { range.contains(Int($0.offset ?? 0)) }, "\(section): \(faults)")
    }
  }

  @Test("tombstones with random changes give a result or a typed error")
  func tombstones() throws {
    var random = SeededRandom(seed: Self.seed)
    print("tombstones: 5000 mutations, seed \(Self.seed)")
    var entries: [UInt8] = []
    for number in 0..<20 {
      entries += IndexBytes.uvarint(UInt64(number) << UInt64(3 * number))
      entries += IndexBytes.varint(-1 << Int64(number))
      entries += IndexBytes.varint(1 << Int64(3 * number))
    }
    let files = [
      try Fixtures.bytes("index-v1/01DXXFZDYD1MQW6079WK0K6EDQ/tombstones"),
      [UInt8](TombstonesTests.file(entries).bytes),
    ]
    for number in 0..<5000 {
      var bytes = files[number % 2]
      Self.mutate(&bytes, &random)
      if number % 4 > 1, bytes.count >= 9 {
        let body = bytes[5..<(bytes.count - 4)]
        bytes.replaceSubrange((bytes.count - 4)..., with: IndexBytes.be32(CRC32C.checksum(Array(body).rawBytes)))
      }
      do throws(TSDBError) {
        let tombstones = try Tombstones(FileBytes(bytes, name: "tombstones"))
        #expect(tombstones.entries.count <= bytes.count / 3)
      } catch {
        #expect(error.offset <= UInt64(bytes.count))
      }
    }
  }

  private static func middle(_ range: Range<Int>) -> Int { range.lowerBound + range.count / 2 }

  /// Up to eight bytes changed, now and then a stretch overwritten or moved, and one in four cut short.
  private static func mutate(_ bytes: inout [UInt8], _ random: inout SeededRandom) {
    func below(_ bound: Int) -> Int { bound > 0 ? Int(random.next() % UInt64(bound)) : 0 }
    for _ in 0...below(8) where !bytes.isEmpty {
      let place = below(bytes.count)
      switch below(6) {
      case 0: bytes[place] = [0, 1, 0x7f, 0x80, 0xff][below(5)]
      case 1:
        let value: UInt8 = below(2) == 0 ? 0xff : 0
        for other in place..<min(bytes.count, place + 1 + below(12)) { bytes[other] = value }
      case 2:
        let from = below(bytes.count)
        let count = min(below(24), bytes.count - max(from, place))
        bytes.replaceSubrange(place..<(place + count), with: Array(bytes[from..<(from + count)]))
      default: bytes[place] ^= 1 << UInt8(below(8))
      }
    }
    if below(4) == 0 { bytes.removeLast(below(bytes.count)) }
  }

  /// Makes the table of contents' checksum right again, so that what its offsets lead to is read.
  static func repairContents(_ bytes: inout [UInt8]) {
    guard bytes.count >= 52 else { return }
    let contents = Array(bytes[(bytes.count - 52)..<(bytes.count - 4)])
    bytes.replaceSubrange((bytes.count - 4)..., with: IndexBytes.be32(CRC32C.checksum(contents.rawBytes)))
  }
}
