import Archive
import Fixtures
import Testing

@Suite("what compression makes of bytes")
struct CompressionMethodTests {
  @Test("sizes are those of what the libraries write", arguments: [0, 1, 1000, 3 << 20])
  func sizes(_ count: Int) throws {
    var random = SeededRandom(seed: UInt64(count))
    let bytes = (0..<count).map { _ in UInt8.random(in: 0...20, using: &random) }
    #expect(try CompressionMethod.gzip(level: 6).size(of: bytes) == Packing.gzip.pack(bytes).count)
    // Level 3 is libzstd's own, and that one has a checksum of 4 bytes.
    #expect(try CompressionMethod.zstd(level: 3).size(of: bytes) == Packing.zstd.pack(bytes).count - 4)
  }

  @Test("a higher level makes less of it")
  func levels() throws {
    let bytes = try Fixtures.bytes("raw-float-and-histogram/01M81B088QDAD3JHFN4993ETCA/index")
    let (fast, slow) = (CompressionMethod.zstd(level: 1), CompressionMethod.zstd(level: 19))
    #expect(try slow.size(of: bytes) < fast.size(of: bytes))
    #expect(slow.description == "zstd -19" && slow.name == "zstd" && slow.level == 19)
  }
}
