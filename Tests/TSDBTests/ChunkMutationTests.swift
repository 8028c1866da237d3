import Fixtures
import TSDB
import Testing

/// Random damage must end in a result or a typed error: a trap would end the test's process, a hang its time.
@Suite("Random damage to chunks and segments", .timeLimit(.minutes(2)))
struct ChunkMutationTests {
  static let seed: UInt64 = 20_231_114

  /// Chunks of every kind: some of each fixture, and those that no fixture has made by hand.
  static func chunks() throws -> [ChunkEncoding: [[UInt8]]] {
    var chunks: [ChunkEncoding: [[UInt8]]] = [:]
    for name in Fixtures.blocks {
      for chunk in try ScannedChunk.scan(Fixtures.bytes(name + "/chunks/000001")) {
        chunks[chunk.encoding, default: []].append(chunk.data)
      }
    }
    // Histograms read as such with start times: the third byte is another header, the samples lack their starts.
    let pairs: [(ChunkEncoding, ChunkEncoding)] = [(.histogram, .histogramST), (.floatHistogram, .floatHistogramST)]
    for (plain, withStarts) in pairs {
      chunks[withStarts] = chunks[plain]?.map { data in
        var data = data
        data[2] = 0x81
        return data
      }
    }
    return chunks
  }

  @Test("a damaged chunk of any kind is decoded or refused", arguments: 0..<8)
  func damagedChunks(_ part: UInt64) throws {
    let seed = Self.seed + part
    var random = SeededRandom(seed: seed)
    var decoder = ChunkDecoder()
    var results = 0
    var faults = 0
    for (encoding, chunks) in try Self.chunks().sorted(by: { $0.key < $1.key }) {
      for _ in 0..<150 {
        guard var data = chunks.randomElement(using: &random) else { continue }
        random.damage(&data)
        do throws(Fault) {
          let summary = try decoder.summary(of: encoding, data.rawBytes)
          #expect(summary.samples <= 65_535, "seed \(seed)")
          results += 1
        } catch {
          #expect((0...data.count).contains(error.offset), "seed \(seed): \(encoding): \(error)")
          faults += 1
        }
      }
    }
    print("seed \(seed): \(results) damaged chunks decoded, \(faults) refused")
    #expect(results + faults == 150 * 7)
    // Without both the damage would be too little or too much to show anything.
    #expect(results > 50 && faults > 50)
  }

  @Test("what is told of an XOR chunk without keeping its samples is what its samples tell, or the same fault")
  func summaries() throws {
    var random = SeededRandom(seed: Self.seed)
    var decoder = ChunkDecoder()
    var floats = FloatSamples()
    for (number, original) in try #require(Self.chunks()[.xor]).enumerated() {
      for round in 0..<3 {
        var data = original
        if round > 0 { random.damage(&data) }
        let summary = Result { () throws(Fault) in try decoder.summary(of: .xor, data.rawBytes) }
        let decoded = Result { () throws(Fault) in try floats.decode(.xor, data.rawBytes) }
        if case .failure(let fault) = decoded {
          #expect(throws: fault, "chunk \(number)") { try summary.get() }
          continue
        }
        let times = (0..<floats.count).map { floats.timestamps[$0] }
        let found = try summary.get()
        #expect(found.samples == times.count && found.histogramSamples == 0, "chunk \(number)")
        #expect(found.firstTimestamp == times.first && found.lastTimestamp == times.last, "chunk \(number)")
        #expect(found.isStrictlyRising == zip(times, times.dropFirst()).allSatisfy { $0 < $1 }, "chunk \(number)")
      }
    }
  }

  @Test("time stamps that rise are told from those that do not, up to both ends of the numbers", arguments: [
    ([1, 2], true), ([2, 2], false), ([2, 1], false), ([.min, .max], true), ([.max, .min], false),
    ([.min, -1, 0, .max], true), ([0, .max, .min], false), ([-5, .max - 5], true), ([.max, .min, .min + 1], false),
  ] as [([Int64], Bool)])
  func rising(times: [Int64], isRising: Bool) throws {
    for encoding in [ChunkEncoding.xor, .xor2] {
      var chunk = ChunkBits(header: encoding == .xor ? [0, UInt8(times.count)] : [0, UInt8(times.count), 0])
      chunk.varint(times[0])
      chunk.float(1)
      chunk.uvarint(UInt64(bitPattern: times[1] &- times[0]))
      chunk.bits("0")
      for place in times.indices.dropFirst(2) {
        let step = (times[place] &- times[place - 1]) &- (times[place - 1] &- times[place - 2])
        chunk.bits(encoding == .xor ? "1111" : "11110")
        chunk.bits(UInt64(bitPattern: step), 64)
        chunk.bits("0")
      }
      var decoder = ChunkDecoder()
      let summary = try decoder.summary(of: encoding, chunk.bytes.rawBytes)
      #expect(summary.isStrictlyRising == isRising && summary.samples == times.count, "\(encoding)")
      #expect(summary.firstTimestamp == times.first && summary.lastTimestamp == times.last, "\(encoding)")
    }
  }

  @Test("a damaged segment gives the same chunks and the same error in windows of any size", arguments: 0..<4)
  func damagedSegments(_ part: UInt64) throws {
    let seed = Self.seed + 100 + part
    var random = SeededRandom(seed: seed)
    let segments = try Fixtures.blocks.map { try Array(Fixtures.bytes($0 + "/chunks/000001").prefix(6000)) }
    var errors = 0
    var mismatches = 0
    for round in 0..<400 {
      var segment = segments[round % segments.count]
      random.damage(&segment)
      let whole = Self.scan(segment, window: .max)
      let pieces = Self.scan(segment, window: Int.random(in: 1...300, using: &random))
      #expect(whole.chunks == pieces.chunks && whole.error == pieces.error, "seed \(seed), round \(round)")
      if whole.error != nil { errors += 1 }
      if whole.chunks.contains(where: { !$0.isIntact }) { mismatches += 1 }
    }
    print("seed \(seed): of 400 damaged segments \(errors) ended early, \(mismatches) had chunks with a wrong checksum")
    #expect(errors > 50 && mismatches > 50)
  }

  private static func scan(_ segment: [UInt8], window: Int) -> (chunks: [ScannedChunk], error: TSDBError?) {
    var chunks: [ScannedChunk] = []
    do {
      try ScannedChunk.scan(segment, window: window, into: &chunks)
      return (chunks, nil)
    } catch let error as TSDBError {
      return (chunks, error)
    } catch {
      Issue.record(error)
      return (chunks, nil)
    }
  }
}

extension SeededRandom {
  /// Flips bits, most often near the start where lengths and layouts are; overwrites bytes; cuts the end off; or
  /// repeats a part.
  mutating func damage(_ data: inout [UInt8]) {
    guard !data.isEmpty else { return }
    let reach = Bool.random(using: &self) ? data.count : min(data.count, 24)
    switch Int.random(in: 0..<8, using: &self) {
    case 0: data.removeLast(Int.random(in: 1...data.count, using: &self))
    case 1:
      for _ in 0..<Int.random(in: 1...8, using: &self) { data[Int.random(in: 0..<reach, using: &self)] = 0xff }
    case 2:
      for _ in 0..<Int.random(in: 1...8, using: &self) {
        data[Int.random(in: 0..<reach, using: &self)] = UInt8.random(in: 0...255, using: &self)
      }
    case 3:
      let start = Int.random(in: 0..<data.count, using: &self)
      let part = data[start..<min(data.count, start + 40)]
      data.insert(contentsOf: part, at: Int.random(in: 0...data.count, using: &self))
    default:
      for _ in 0..<Int.random(in: 1...4, using: &self) {
        data[Int.random(in: 0..<reach, using: &self)] ^= 1 << UInt8.random(in: 0..<8, using: &self)
      }
    }
  }
}
