import Fixtures
import Testing
import Thanos

@testable import Verification

/// Objects of a bucket with one bit turned over, and meta.json among them, where meta.json has the files' SHA-256.
///
/// Index and segments are covered to the last bit then, also where no reader looks. What of meta.json has nothing to be
/// held against (who made it, when, with which labels) is counted and printed.
@Suite("bits turned over where there are hashes", .timeLimit(.minutes(2)))
struct HashedBitFlipTests {
  private static let seed: UInt64 = 20_261_124
  private static let dataFlips = 3_000
  private static let metaFlips = 1_500
  private static let lanes = 3

  private struct Tally: Sendable {
    var found: [String: Int] = [:]
    var missed: [String] = []

    mutating func merge(_ other: Tally) {
      found.merge(other.found, uniquingKeysWith: +)
      missed += other.missed
    }
  }

  /// Does as many flips as are wanted, each lane in a bucket of its own.
  private static func tally(
    _ count: Int, _ flip: @escaping @Sendable (Shipment, inout SeededRandom, inout Tally) async throws -> Void
  ) async throws -> Tally {
    try await withThrowingTaskGroup(of: Tally.self) { group in
      for lane in 0..<lanes {
        group.addTask {
          // The smallest block, so that thousands of checks take seconds.
          let shipment = try Shipment([Fixtures.blocks[5]])
          var random = SeededRandom(seed: seed &+ UInt64(lane))
          var tally = Tally()
          for _ in 0..<count / lanes { try await flip(shipment, &random, &tally) }
          return tally
        }
      }
      return try await group.reduce(into: Tally()) { $0.merge($1) }
    }
  }

  /// Turns a bit of an object over, checks, and turns it back.
  private static func check(
    _ key: String, _ shipment: Shipment, _ subject: Verification.Subject, _ level: VerificationLevel,
    _ random: inout SeededRandom
  ) async throws -> (byte: Int, bit: UInt8, found: Verified) {
    let original = try #require(shipment.bucket[key])
    let byte = Int.random(in: original.bytes.indices, using: &random)
    let bit = UInt8.random(in: 0..<8, using: &random)
    var bytes = original.bytes
    bytes[byte] ^= 1 << bit
    shipment.bucket[key] = StoreBucket.Object(bytes)
    let found = try await verify(subject, level)
    shipment.bucket[key] = original
    return (byte, bit, found)
  }

  @Test("every bit of index and segments is found, also those that no checksum inside covers")
  func data() async throws {
    let tally = try await Self.tally(Self.dataFlips) { shipment, random, tally in
      let keys = shipment.bucket.keys.filter { !$0.hasSuffix("/meta.json") }
      let key = keys[Int.random(in: keys.indices, using: &random)]
      let (byte, bit, found) = try await Self.check(key, shipment, shipment.alone, .full, &random)
      let path = String(key.dropFirst(27))
      if found.ids.contains(.hashMismatch) {
        tally.found[path, default: 0] += 1
      } else {
        tally.missed.append("\(path): byte \(byte), bit \(bit)")
      }
    }
    print("seed \(Self.seed): \(Self.dataFlips) bits of a bucket's objects turned over, found: \(tally.found)")
    #expect(tally.missed == [])
    #expect(tally.found.values.reduce(0, +) == Self.dataFlips)
  }

  @Test("of meta.json every bit is found of what the local one has too; of Thanos' section what is held against the objects")
  func meta() async throws {
    let tally = try await Self.tally(Self.metaFlips) { shipment, random, tally in
      let key = try #require(shipment.bucket.keys.first { $0.hasSuffix("/meta.json") })
      let text = shipment.bucket[key]?.bytes ?? []
      let (byte, _, found) = try await Self.check(key, shipment, shipment.copy, .full, &random)
      if found.ids.contains(where: { $0.severity > .note }) {
        tally.found[found.ids.first?.rawValue ?? "", default: 0] += 1
      } else {
        tally.missed.append(Self.member(at: byte, in: text))
      }
    }
    let missed = Dictionary(tally.missed.map { ($0, 1) }, uniquingKeysWith: +)
    let found = tally.found.values.reduce(0, +)
    print("seed \(Self.seed): \(Self.metaFlips) bits of a bucket's meta.json turned over, \(found) found: \(tally.found)")
    print("  \(tally.missed.count) in what nothing covers: \(missed)")
    // Every name there may be left out: a member of another name is as good as none. And a hash in capitals is the same.
    #expect(missed.keys.allSatisfy { $0.hasPrefix("thanos: ") })
    #expect(found + tally.missed.count == Self.metaFlips)
  }

  /// The name of the member on a byte's line, and whether it is in Thanos' section.
  private static func member(at byte: Int, in text: [UInt8]) -> String {
    let start = text[...byte].lastIndex(of: 0x0A) ?? 0
    let line = text[start...].dropFirst().prefix { $0 != 0x0A }
    let name = String(decoding: line.split(separator: UInt8(ascii: "\"")).dropFirst().first ?? line, as: UTF8.self)
    let isThanos = String(decoding: text[..<start], as: UTF8.self).contains("\"thanos\"")
    return (isThanos ? "thanos: " : "") + name
  }
}
