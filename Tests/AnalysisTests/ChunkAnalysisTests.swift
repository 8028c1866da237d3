import BlockBytes
import Fixtures
import ObjectStore
import Platform
import TSDB
import Testing
import Thanos

@testable import Analysis

@Suite("Analysis of chunks")
struct ChunkAnalysisTests {
  static let raw = "raw-float-and-histogram/01M81B088QDAD3JHFN4993ETCA"

  static func block(_ path: String) throws -> InspectedBlock {
    let path = path.hasPrefix("/") ? path : "\(Fixtures.root)/\(path)"
    return try InspectedBlock(BlockFolder(ulid: try #require(ULID(path.suffix(26))), path: path))
  }

  static func analysis(_ path: String, _ question: ChunkQuestion = ChunkQuestion()) async throws -> ChunkAnalysis {
    try await ChunkAnalysis(of: try block(path), question)
  }

  /// What is to be the same however the bytes were come by.
  static func summary(_ analysis: ChunkAnalysis) -> [String] {
    analysis.groups.map { "\($0)" } + analysis.encodings.map { "\($0)" } + ["\(analysis.damage)", "\(String(describing: analysis.interval))"]
  }

  // MARK: Numbers

  @Test(
    "the compaction analysis is promtool's",
    arguments: [
      (raw, "raw-float-and-histogram.promtool-3.12-analyze-extended.txt"),
      ("index-v1/01DXXFZDYD1MQW6079WK0K6EDQ", "index-v1.promtool-3.12-analyze-extended.txt"),
    ])
  func golden(_ block: String, _ file: String) async throws {
    let promtool = try PromtoolAnalysis(golden: file)
    let analysis = try await Self.analysis(block)
    for (name, counts) in analysis.compaction {
      let figures = counts.count == 0 ? "N/A" : "\(counts.min)/\(counts.mean)/\(counts.max)"
      let key = counts.count == 0 ? name : "\(name) (min/avg/max)"
      #expect(promtool.figures[key] == figures, "\(name)")
      // Its heading is one too high on either side of what it counts.
      let steps = counts.steps.map { PromtoolAnalysis.Step(first: $0.from + 1, last: $0.below, count: $0.count) }
      #expect(steps == promtool.steps[name, default: []], "\(name)")
    }
  }

  @Test("XOR2 chunks, which promtool 3.12 leaves out, are counted with the floats")
  func xor2() async throws {
    let promtool = try PromtoolAnalysis(golden: "xor2-float.promtool-3.12-analyze-extended.txt")
    #expect(promtool.figures["samples per float chunk"] == "N/A")
    let analysis = try await Self.analysis("xor2-float/01M81B089WZ6FKNMSDPKBMGYCV")
    #expect(analysis.encodings.map(\.encoding) == [.xor2])
    #expect(analysis.totals(of: .float)?.sampleSteps.count == analysis.chunks && analysis.chunks > 0)
  }

  @Test("chunks, samples and bytes of every fixture are those that decoding it tells", arguments: Fixtures.blocks)
  func sums(_ path: String) async throws {
    let analysis = try await Self.analysis(path, ChunkQuestion(by: ["job", "instance"]))
    var (chunks, samples, bytes) = ([ChunkEncoding: UInt64](), [ChunkEncoding: UInt64](), UInt64(0))
    var decoder = ChunkDecoder()
    let segments = try ChunkSegments(folder: "\(Fixtures.root)/\(path)/chunks")
    for file in segments.files {
      var scanner = SegmentScanner(file: file.path)
      try file.forEachWindow(of: 0..<file.size) { window in
        try scanner.scan(window) { chunk in
          let summary = try decoder.summary(of: chunk.encoding, chunk.data)
          chunks[chunk.encoding, default: 0] += 1
          samples[chunk.encoding, default: 0] += UInt64(summary.samples)
          bytes += chunk.end - chunk.offset
        }
      }
    }
    let told = Dictionary(uniqueKeysWithValues: analysis.encodings.map { ($0.encoding, $0) })
    #expect(told.mapValues(\.chunks) == chunks)
    #expect(told.mapValues(\.samples) == samples)
    #expect(analysis.bytes == bytes && analysis.chunks == chunks.values.reduce(0, +))
    #expect(analysis.samples == samples.values.reduce(0, +))
    #expect(analysis.damage.isEmpty && analysis.unowned == 0 && analysis.sharedChunks == 0)
    let index = try Index(FileBytes(mapping: "\(Fixtures.root)/\(path)/index"))
    var series: UInt64 = 0
    try index.forEachSeries { _ in series += 1 }
    #expect(analysis.series == series)
  }

  @Test("the interval and the aggregates of downsampled blocks")
  func downsampled() async throws {
    let five = try await Self.analysis("downsampled/01M81B0KSSX5FCZ5868AE5R719")
    let hour = try await Self.analysis("downsampled/01M81B0KWKC84NS30MERVG5BFF")
    #expect(Set([five.interval?.milliseconds, hour.interval?.milliseconds]) == [300_000, 3_600_000])
    #expect(Set(hour.aggregates.map(\.aggregate)) == Set(Aggregate.allCases))
    let counts = hour.aggregates.filter { $0.aggregate == .count }.reduce(0) { $0 + $1.samples }
    #expect(counts == hour.samples)
  }

  @Test("histograms with start times are looked into like those without")
  func startTimes() async throws {
    let data = try DataFolder([Self.raw])
    let path = "\(data.path)/01M81B088QDAD3JHFN4993ETCA"
    let before = try await Self.analysis(path)
    try SegmentFrames("\(path)/chunks/000001").rewrite(data) { frames in
      for place in frames.indices where frames[place].encoding == 2 || frames[place].encoding == 3 {
        // The reset moves into the count, and there are no start times.
        frames[place].data[0] |= frames[place].data[2]
        frames[place].data[2] = 0
        frames[place].encoding += 3
      }
    }
    let after = try await Self.analysis(path)
    #expect(after.encodings.map(\.encoding) == [.xor, .histogramST, .floatHistogramST])
    #expect(after.compaction.map(\.steps) == before.compaction.map(\.steps))
    #expect(after.samples == before.samples && after.damage.isEmpty)
  }

  // MARK: Groups

  @Test("bytes by labels add up, and a selector leaves the series that match")
  func groups() async throws {
    let all = try await Self.analysis(Self.raw)
    let jobs = try await Self.analysis(Self.raw, ChunkQuestion(by: ["job", "nothing"]))
    #expect(jobs.bytes == all.bytes && jobs.samples == all.samples && jobs.groups.count > 1)
    #expect(jobs.groups.allSatisfy { $0.values.count == 2 && $0.values[1] == nil })
    #expect(zip(jobs.groups, jobs.groups.dropFirst()).allSatisfy { $0.bytes >= $1.bytes })
    let job = try #require(jobs.groups[0].values[0])
    let selected = try await Self.analysis(
      Self.raw, ChunkQuestion(matching: try LabelSelector(parsingSeries: "{job=\"\(job)\"}")))
    #expect(selected.bytes == jobs.groups[0].bytes && selected.samples == jobs.groups[0].samples)
    #expect(selected.series == jobs.groups[0].series && selected.encodings.reduce(0) { $0 + $1.bytes } == selected.bytes)
    #expect(selected.damage.isEmpty && selected.unowned == 0)
  }

  @Test("the index alone tells the same bytes", arguments: Fixtures.blocks)
  func indexOnly(_ path: String) async throws {
    let all = try await Self.analysis(path)
    let index = try await Self.analysis(path, ChunkQuestion(readsIndexOnly: true))
    func bytes(_ analysis: ChunkAnalysis) -> [String: [UInt64]] {
      Dictionary(
        uniqueKeysWithValues: analysis.groups.map { ($0.values[0] ?? "", [$0.series, $0.chunks, $0.bytes, $0.entryBytes]) })
    }
    #expect(bytes(index) == bytes(all))
    #expect(index.samples == 0 && index.encodings.isEmpty && index.damage.isEmpty)
    #expect(index.segmentBytes == all.segmentBytes)
  }

  @Test("chunks of several segments find their series")
  func segments() async throws {
    let data = try DataFolder([Self.raw])
    let ulid = "01M81B088QDAD3JHFN4993ETCA"
    let before = try await Self.analysis("\(data.path)/\(ulid)")
    let bytes = try data.read("\(ulid)/chunks/000001")
    var index = try RewrittenIndex("\(data.path)/\(ulid)/index")
    let border = index.series[60].chunks[0].reference
    for series in index.series.indices {
      for chunk in index.series[series].chunks.indices where index.series[series].chunks[chunk].reference >= border {
        index.series[series].chunks[chunk].reference += 1 << 32 + 8 - border
      }
    }
    try data.write(Array(bytes[..<Int(border)]), to: "\(ulid)/chunks/000001")
    try data.write(SegmentInput.head + bytes[Int(border)...], to: "\(ulid)/chunks/000002")
    try data.write(index.bytes, to: "\(ulid)/index")
    let after = try await Self.analysis("\(data.path)/\(ulid)")
    #expect(after.groups.map(\.bytes) == before.groups.map(\.bytes) && after.damage.isEmpty)
    #expect(after.encodings.map { "\($0)" } == before.encodings.map { "\($0)" })
    let gaps = try await Self.analysis("\(data.path)/\(ulid)", ChunkQuestion(readsIndexOnly: true))
    #expect(gaps.groups.map(\.bytes) == before.groups.map(\.bytes) && gaps.damage.isEmpty)

    // Without the second one.
    try Directory.removeFile("\(data.path)/\(ulid)/chunks/000002")
    let lost = try await Self.analysis("\(data.path)/\(ulid)")
    #expect(lost.damage.missing + lost.chunks == before.chunks && lost.damage.missing > 0)
    let lostGaps = try await Self.analysis("\(data.path)/\(ulid)", ChunkQuestion(readsIndexOnly: true))
    #expect(lostGaps.damage.missing == lost.damage.missing && lostGaps.bytes == lost.bytes)
  }

  // MARK: Other orders

  @Test("an index in another order than the segments gives the same numbers")
  func reversed() async throws {
    let data = try DataFolder([Self.raw])
    let path = "\(data.path)/01M81B088QDAD3JHFN4993ETCA"
    let before = try await Self.analysis(path)
    var index = try RewrittenIndex("\(path)/index")
    index.series.reverse()
    index.relist()
    try data.write(index.bytes, to: "01M81B088QDAD3JHFN4993ETCA/index")
    let after = try await Self.analysis(path)
    #expect(Set(Self.summary(after)) == Set(Self.summary(before)))
    let gaps = try await Self.analysis(path, ChunkQuestion(readsIndexOnly: true))
    #expect(gaps.groups.map(\.bytes) == before.groups.map(\.bytes))
  }

  @Test("passes over the index give its chunks sorted, however few are held", arguments: [1, 7, 100, 1000])
  func passes(_ limit: Int) async throws {
    let block = try Self.block(Self.raw)
    let index = try await block.index(holding: [.symbols])
    let reading = OwnerReading(index, groups: SeriesGroups(names: [0]), matcher: nil)
    let walk = try OwnerWalk(block, index, reading, isInOrder: false, passLimit: limit)
    var references: [UInt64] = []
    while true {
      let owners = try await walk.next()
      if owners.isEmpty { break }
      references += owners.map(\.reference)
    }
    var expected: [UInt64] = []
    try index.forEachSeries { entry in expected += entry.chunks.map(\.reference) }
    #expect(references == expected.sorted())
    #expect(walk.reading.series.reduce(0, +) == 120)
  }

  // MARK: Damage

  @Test("a chunk with a wrong checksum is named, and in no sum")
  func checksum() async throws {
    let data = try DataFolder([Self.raw])
    let path = "\(data.path)/01M81B088QDAD3JHFN4993ETCA"
    let before = try await Self.analysis(path)
    try data.flip("01M81B088QDAD3JHFN4993ETCA/chunks/000001", at: 50_000)
    let after = try await Self.analysis(path)
    #expect(after.damage.chunks == 1 && after.damage.missing == 0 && after.damage.places.count == 1)
    #expect(after.chunks == before.chunks - 1 && after.bytes + after.damage.bytes == before.bytes)
    let place = try #require(after.damage.places.first)
    #expect(place.file.hasSuffix("chunks/000001") && (40_000..<50_001).contains(place.offset))
    #expect(place.what.contains("checksum"))
  }

  @Test("a segment that was cut off leaves chunks missing")
  func cutOff() async throws {
    let data = try DataFolder([Self.raw])
    let file = "01M81B088QDAD3JHFN4993ETCA/chunks/000001"
    let before = try await Self.analysis("\(data.path)/01M81B088QDAD3JHFN4993ETCA")
    try data.write(Array(try data.read(file).dropLast(9000)), to: file)
    let after = try await Self.analysis("\(data.path)/01M81B088QDAD3JHFN4993ETCA")
    #expect(after.damage.segments == 1 && after.damage.missing > 0 && after.damage.chunks == 0)
    #expect(after.chunks + after.damage.missing == before.chunks)
  }

  @Test("a chunk that the index does not have is counted by itself")
  func unowned() async throws {
    let data = try DataFolder([Self.raw])
    let path = "\(data.path)/01M81B088QDAD3JHFN4993ETCA"
    let before = try await Self.analysis(path)
    try SegmentFrames("\(path)/chunks/000001").rewrite(data) { frames in frames.append(frames[9]) }
    let after = try await Self.analysis(path)
    #expect(after.unowned == 1 && after.unownedBytes > 0 && after.damage.isEmpty)
    #expect(Self.summary(after) == Self.summary(before))
  }

  @Test("a chunk whose data is not what its encoding says is damaged, one of an unknown encoding is counted")
  func encodings() async throws {
    let data = try DataFolder([Self.raw])
    let path = "\(data.path)/01M81B088QDAD3JHFN4993ETCA"
    let before = try await Self.analysis(path)
    try SegmentFrames("\(path)/chunks/000001").rewrite(data) { frames in
      frames[5].encoding = 77
      frames[7].encoding = 255
    }
    let after = try await Self.analysis(path)
    #expect(after.damage.chunks == 1 && after.encodings.last?.encoding == ChunkEncoding(rawValue: 77))
    #expect(after.encodings.last?.chunks == 1 && after.chunks == before.chunks - 1)
  }

  @Test("a chunk of more than a MiB is looked into by itself")
  func longChunk() async throws {
    let data = try DataFolder([Self.raw])
    let path = "\(data.path)/01M81B088QDAD3JHFN4993ETCA"
    let before = try await Self.analysis(path)
    try SegmentFrames("\(path)/chunks/000001").rewrite(data) { frames in
      frames[frames.count - 1].data += [UInt8](repeating: 0, count: 2 << 20)
    }
    let after = try await Self.analysis(path)
    #expect(after.damage.isEmpty && after.chunks == before.chunks && after.samples == before.samples)
    #expect(after.bytes > before.bytes + 2 << 20)
  }

  // MARK: A bucket

  @Test("a bucket tells the same as the folder", arguments: [raw, "downsampled/01M81B0KSSX5FCZ5868AE5R719"], [false, true])
  func bucket(_ path: String, _ readsIndexOnly: Bool) async throws {
    let parts = path.split(separator: "/").map(String.init)
    let bucket = FileSystemBucket(directory: "\(Fixtures.root)/\(parts[0])")
    let question = ChunkQuestion(by: ["job"], readsIndexOnly: readsIndexOnly)
    let there = try await ChunkAnalysis(of: InspectedBlock(try #require(ULID(parts[1])), in: bucket), question)
    let here = try await Self.analysis(path, question)
    #expect(Self.summary(there) == Self.summary(here))
    #expect(there.chunks > 0)
  }
}
