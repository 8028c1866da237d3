import Fixtures
import Platform
import TSDB
import Testing

@Suite("check of a block")
struct BlockCheckTests {
  static let raw = "01M81B088QDAD3JHFN4993ETCA"

  static func faults(_ data: DataFolder, _ ulid: String, _ depth: BlockCheck.Depth) throws -> [BlockFault] {
    let folder = BlockFolder(ulid: try #require(ULID(ulid)), path: "\(data.path)/\(ulid)")
    var check = BlockCheck(try OpenBlock(folder), depth: depth)
    check.checkIndex()
    for segment in check.segments { check.checkSegment(segment) }
    check.finish()
    return check.faults.all
  }

  @Test("what Prometheus and Thanos wrote passes at every depth", arguments: Fixtures.blocks, BlockCheck.Depth.allCases)
  func good(block: String, depth: BlockCheck.Depth) throws {
    let data = try DataFolder([block])
    #expect(try Self.faults(data, String(block.suffix(26)), depth) == [])
  }

  struct Damage: Sendable, CustomTestStringConvertible {
    let name: String
    let kind: BlockFault.Kind
    /// From which depth on it is found.
    let depth: BlockCheck.Depth
    let make: @Sendable (DataFolder) throws -> Void
    var testDescription: String { name }
  }

  static func replace(_ text: String, with other: String, in data: DataFolder) throws {
    let meta = String(decoding: try data.read("\(raw)/meta.json"), as: UTF8.self)
    #expect(meta.contains(text))
    try data.write(Array(meta.replacing(text, with: other).utf8), to: "\(raw)/meta.json")
  }

  @Test("damage is found as deep as it lies", arguments: [
    Damage(name: "a bit of the index", kind: .indexChecksum, depth: .index) { try $0.flip("\(raw)/index", at: 9000) },
    Damage(name: "an empty index", kind: .indexMalformed, depth: .index) { try $0.write([], to: "\(raw)/index") },
    Damage(name: "a lost segment", kind: .chunkMissing, depth: .index) {
      try Directory.removeFile("\($0.path)/\(raw)/chunks/000001")
    },
    Damage(name: "a segment cut short", kind: .chunkMissing, depth: .index) {
      try $0.write(Array(try $0.read("\(raw)/chunks/000001").prefix(50_000)), to: "\(raw)/chunks/000001")
    },
    Damage(name: "another number of series", kind: .countMismatch, depth: .index) {
      try replace("\"numSeries\": 120", with: "\"numSeries\": 121", in: $0)
    },
    Damage(name: "another number of chunks", kind: .countMismatch, depth: .index) {
      try replace("\"numChunks\": 195", with: "\"numChunks\": 194", in: $0)
    },
    Damage(name: "a bit of a chunk", kind: .chunkChecksum, depth: .index) {
      try $0.flip("\(raw)/chunks/000001", at: 77_777)
    },
    Damage(name: "another number of samples", kind: .countMismatch, depth: .full) {
      try replace("\"numSamples\": 18920", with: "\"numSamples\": 18921", in: $0)
    },
    Damage(name: "floats taken for histograms", kind: .countMismatch, depth: .full) {
      try replace("\"numFloatSamples\": 16045", with: "\"numFloatSamples\": 16044", in: $0)
      try replace("\"numHistogramSamples\": 2875", with: "\"numHistogramSamples\": 2876", in: $0)
    },
  ])
  func damaged(row: Damage) throws {
    let data = try DataFolder([DataFolder.rawBlocks[1]])
    try row.make(data)
    #expect(try Self.faults(data, Self.raw, .none).isEmpty)
    let index = try Self.faults(data, Self.raw, .index)
    #expect(index.contains { $0.kind == row.kind } == (row.depth == .index), "\(index)")
    let full = try Self.faults(data, Self.raw, .full)
    #expect(full.contains { $0.kind == row.kind }, "\(full)")
    #expect(full.allSatisfy { $0.description.contains(Self.raw) }, "each fault names its file")
  }

  @Test("a chunk with a right checksum and a cut-off last sample is found by decoding")
  func undecodable() throws {
    let data = try DataFolder([DataFolder.rawBlocks[1]])
    // The first chunk says that it has more samples than its bits hold.
    try Self.rewriteFirstChunk(data) { chunk in chunk[chunk.startIndex] = 0x7F }
    #expect(try Self.faults(data, Self.raw, .index).isEmpty)
    let faults = try Self.faults(data, Self.raw, .full)
    #expect(faults.map(\.kind) == [.chunkMalformed], "\(faults)")
  }

  @Test("a chunk whose samples lie elsewhere than the index says is named with both times")
  func times() throws {
    let data = try DataFolder([DataFolder.rawBlocks[1]])
    // Two bytes of sample count, then the first time stamp as a varint: its lowest bits move it by some milliseconds.
    try Self.rewriteFirstChunk(data) { chunk in chunk[chunk.startIndex + 2] ^= 0x02 }
    #expect(try Self.faults(data, Self.raw, .index).isEmpty)
    let faults = try Self.faults(data, Self.raw, .full)
    #expect(!faults.isEmpty && faults.allSatisfy { $0.kind == .chunkTimes }, "\(faults)")
    #expect(faults.first?.offset == 8 && faults.first?.message.contains("the index has its samples from") == true)
  }

  /// Changes the data of the first chunk of the first segment, and puts its checksum right.
  static func rewriteFirstChunk(_ data: DataFolder, _ change: (inout ArraySlice<UInt8>) -> Void) throws {
    let path = "\(raw)/chunks/000001"
    var bytes = try data.read(path)
    // The frame begins behind the header: uvarint length (of two bytes here), encoding, data, CRC-32C.
    var (length, size) = (0, 0)
    repeat {
      length |= Int(bytes[8 + size] & 0x7F) << (7 * size)
      size += 1
    } while bytes[8 + size - 1] >= 0x80
    let start = 8 + size + 1
    change(&bytes[start..<start + length])
    let checksum = unsafe CRC32C.checksum(bytes[(start - 1)..<(start + length)].span.bytes)
    for place in 0..<4 { bytes[start + length + place] = UInt8(truncatingIfNeeded: checksum >> UInt32(24 - 8 * place)) }
    try data.write(bytes, to: path)
  }
}
