import Fixtures
import Platform
import Testing

@testable import TSDB

@Suite("samples of a chunk from its header")
struct ChunkSampleCountTests {
  @Test("as many as decoding to the end finds", arguments: Fixtures.blocks)
  func fixtures(_ block: String) throws {
    var decoder = ChunkDecoder()
    var chunks = 0
    for file in try ChunkSegments(folder: "\(Fixtures.root)/\(block)/chunks").files {
      var scanner = SegmentScanner(file: file.path)
      try file.forEachWindow(of: 0..<file.size) { window in
        try scanner.scan(window) { chunk in
          let told = try ChunkDecoder.sampleCount(of: chunk.encoding, chunk.data)
          let decoded = try decoder.summary(of: chunk.encoding, chunk.data).samples
          #expect(told == decoded)
          chunks += 1
        }
      }
    }
    #expect(chunks > 0)
  }

  @Test(
    "data that ends before its header, and encodings that are none, are faults",
    arguments: [(1, [0]), (2, [0, 1]), (5, [0]), (255, [4, 1, 0]), (255, [2, 255, 0, 0, 0, 0, 0, 0]), (77, [0, 1, 0])] as [(UInt8, [UInt8])])
  func faults(_ encoding: UInt8, _ data: [UInt8]) {
    #expect(throws: Fault.self) {
      try ChunkDecoder.sampleCount(of: ChunkEncoding(rawValue: encoding), data.rawBytes)
    }
  }
}
