import Fixtures
import Platform
import TSDB
import Testing
import Verification

/// A block damaged in one way, and what is to be found of it.
struct DataDamage: Sendable, CustomTestStringConvertible {
  static let ulid = "01M81B088QDAD3JHFN4993ETCA"

  let testDescription: String
  /// At `index`.
  let index: [Finding.ID]
  /// At `full`.
  let full: [Finding.ID]
  /// Whether what is found is about a series.
  let namesSeries: Bool
  let apply: @Sendable (DataFolder) throws -> Void

  /// Damage to the index that checksums do not show.
  init(
    _ name: String, index ids: [Finding.ID], full: [Finding.ID]? = nil, series: Bool = false,
    _ change: @escaping @Sendable (inout RewrittenIndex) -> Void
  ) {
    testDescription = name
    index = ids
    self.full = full ?? ids
    namesSeries = series
    apply = { data in
      var index = try RewrittenIndex("\(data.path)/\(Self.ulid)/index")
      change(&index)
      try data.write(index.bytes, to: "\(Self.ulid)/index")
    }
  }

  /// Damage to any file.
  init(
    _ name: String, files index: [Finding.ID], full: [Finding.ID], series: Bool = false,
    _ apply: @escaping @Sendable (DataFolder) throws -> Void
  ) {
    (testDescription, self.index, self.full, namesSeries, self.apply) = (name, index, full, series, apply)
  }

  static let all = index + chunks + tombstones

  static let index = [
    DataDamage("nothing", index: []) { _ in },
    DataDamage("symbols that have changed places", index: [.symbolsUnsorted]) { $0.symbols.swapAt(3, 4) },
    DataDamage("a symbol twice", index: [.symbolsUnsorted]) { $0.symbols.append($0.symbols[$0.symbols.count - 1]) },
    DataDamage("series that have changed places", index: [.seriesUnsorted, .chunkReferencesUnordered], series: true) {
      $0.series.swapAt(50, 51)
      $0.relist()
    },
    DataDamage("a series twice", index: [.duplicateSeries, .countMismatch], series: true) {
      var copy = $0.series[60]
      copy.chunks = []
      $0.series.insert(copy, at: 61)
      $0.relist()
    },
    DataDamage("labels that have changed places", index: [.labelsUnsorted], series: true) {
      $0.series[119].labels.swapAt(0, 1)
    },
    DataDamage("an empty label value", index: [.emptyLabel], series: true) {
      // Prometheus itself writes the empty string into the symbols.
      $0.series[119].labels.append(("zzz", ""))
      $0.symbols.append("zzz")
      $0.symbols.sort { $0.utf8.lexicographicallyPrecedes($1.utf8) }
      $0.relist()
    },
    DataDamage("gaps that are not zero", index: [.indexPadding]) { $0.padding = 1 },
    DataDamage("a postings list that is not sorted", index: [.postingsUnsorted]) { $0.lists[0].series.reverse() },
    DataDamage("a postings list that lacks a series", index: [.postingsIncomplete], series: true) {
      $0.lists[3].series.removeLast()
    },
    DataDamage("a postings list with a reference to no series", index: [.postingsDangling]) {
      $0.lists[3].series.append(1_000_000)
    },
    DataDamage("rows that have changed places", index: [.offsetTable]) { $0.lists.swapAt(3, 4) },
    DataDamage("a row that leads nowhere", index: [.offsetTable]) { $0.changeOffsets = { $0[5] += 4 } },
    DataDamage("two rows that lead to one list", index: [.offsetTable]) { $0.changeOffsets = { $0[5] = $0[4] } },
    DataDamage(
      "a chunk that ends before it begins", index: [.chunkRange], full: [.chunkRange, .chunkTimes], series: true
    ) {
      $0.series[7].chunks[0].maxTime = $0.series[7].chunks[0].minTime - 1
    },
    DataDamage(
      "a chunk before the block", index: [.chunkOutsideBlock], full: [.chunkOutsideBlock, .chunkTimes], series: true
    ) { $0.series[7].chunks[0].minTime = 1_700_006_400_068 },
    DataDamage(
      "a chunk that ends with the block", index: [.chunkOutsideBlock], full: [.chunkOutsideBlock, .chunkTimes],
      series: true
    ) { $0.series[7].chunks[$0.series[7].chunks.count - 1].maxTime = 1_700_013_570_148 },
    DataDamage(
      "a chunk that overlaps the next", index: [.chunkOverlap], full: [.chunkOverlap, .chunkTimes], series: true
    ) { index in
      let place = index.series.firstIndex { $0.chunks.count > 1 } ?? 0
      index.series[place].chunks[0].maxTime = index.series[place].chunks[1].minTime
    },
    DataDamage(
      "chunks that have changed places", index: [.chunkReferencesUnordered, .outOfOrderChunk], series: true
    ) { index in
      let place = index.series.firstIndex { $0.chunks.count > 1 } ?? 0
      index.series[place].chunks.swapAt(0, 1)
    },
    DataDamage("a series that names other times", index: [], full: [.chunkTimes], series: true) {
      $0.series[7].chunks[0].minTime += 1
    },
    DataDamage(
      "a series that names another place", index: [], full: [.chunkMissing, .unreferencedChunk], series: true
    ) { $0.series[7].chunks[0].reference += 1 },
    DataDamage(
      "a chunk that is not named", index: [.countMismatch], full: [.countMismatch, .unreferencedChunk]
    ) { index in
      let place = index.series.firstIndex { $0.chunks.count > 1 } ?? 0
      index.series[place].chunks.removeLast()
    },
    DataDamage("a chunk that two series name", index: [], full: [.chunkMissing, .unreferencedChunk], series: true) {
      $0.series[8].chunks[0] = $0.series[7].chunks[0]
    },
    DataDamage(
      "a chunk in a segment that is not there", index: [.missingFile], full: [.missingFile, .unreferencedChunk]
    ) { $0.series[119].chunks[$0.series[119].chunks.count - 1].reference |= 1 << 32 },
    DataDamage("another index's format", files: [.indexMalformed], full: [.indexMalformed]) {
      var bytes = try $0.read("\(ulid)/index")
      bytes[4] = 9
      try $0.write(bytes, to: "\(ulid)/index")
    },
    DataDamage("a bit of a series", files: [.indexChecksum], full: [.indexChecksum]) {
      try $0.flip("\(ulid)/index", at: 9000)
    },
    DataDamage("other numbers in meta.json", files: [.countMismatch], full: [.countMismatch, .countMismatch]) {
      let text = String(decoding: try $0.read("\(ulid)/meta.json"), as: UTF8.self)
      let changed = text.replacing("\"numSeries\": 120", with: "\"numSeries\": 121")
        .replacing("\"numFloatSamples\": 16045", with: "\"numFloatSamples\": 16044")
        .replacing("\"numHistogramSamples\": 2875", with: "\"numHistogramSamples\": 2876")
      try $0.write(Array(changed.utf8), to: "\(ulid)/meta.json")
    },
  ]

  static let chunks = [
    DataDamage("a bit of a chunk", files: [], full: [.chunkChecksum], series: true) {
      try $0.flip("\(ulid)/chunks/000001", at: 5000)
    },
    DataDamage("a chunk's length", files: [], full: [.segmentMalformed]) {
      var bytes = try $0.read("\(ulid)/chunks/000001")
      bytes[8] = 0
      try $0.write(bytes, to: "\(ulid)/chunks/000001")
    },
    DataDamage("an encoding of the future", files: [], full: [.unknownEncoding], series: true) {
      try SegmentFrames("\($0.path)/\(ulid)/chunks/000001").rewrite($0) { frames in frames[5].encoding = 77 }
    },
    DataDamage("an encoding that there is not", files: [], full: [.chunkMalformed], series: true) {
      try SegmentFrames("\($0.path)/\(ulid)/chunks/000001").rewrite($0) { frames in frames[5].encoding = 0 }
    },
    DataDamage("a chunk that says it has more samples", files: [], full: [.chunkMalformed], series: true) {
      try SegmentFrames("\($0.path)/\(ulid)/chunks/000001").rewrite($0) { frames in frames[0].data[0] = 0x7F }
    },
    DataDamage("a chunk without samples", files: [], full: [.chunkMalformed], series: true) {
      try SegmentFrames("\($0.path)/\(ulid)/chunks/000001").rewrite($0) { frames in
        frames[0].data[0] = 0
        frames[0].data[1] = 0
      }
    },
    DataDamage("a chunk that begins at another time", files: [], full: [.chunkTimes], series: true) {
      try SegmentFrames("\($0.path)/\(ulid)/chunks/000001").rewrite($0) { frames in frames[0].data[2] ^= 2 }
    },
    DataDamage("a chunk that nobody names", files: [], full: [.unreferencedChunk]) {
      try SegmentFrames("\($0.path)/\(ulid)/chunks/000001").rewrite($0) { frames in frames.append(frames[9]) }
    },
    DataDamage("a chunk that is gone", files: [.chunkMissing], full: [.chunkMissing], series: true) {
      try SegmentFrames("\($0.path)/\(ulid)/chunks/000001").rewrite($0) { $0.removeLast() }
    },
    DataDamage(
      "the same chunk twice", files: [.chunkOverlap], full: [.duplicateChunk], series: true
    ) { try twin($0) { _ in } },
    DataDamage(
      "two chunks of the same times", files: [.chunkOverlap], full: [.chunkOverlap], series: true
    ) {
      // A bit of the last sample.
      try twin($0) { $0.data[$0.data.count - 3] ^= 1 }
    },
    DataDamage("a segment of no bytes", files: [.chunkMissing], full: [.chunkMissing, .segmentMalformed], series: true) {
      try $0.write([], to: "\(ulid)/chunks/000001")
    },
    DataDamage(
      "a segment that was cut off", files: [.chunkMissing], full: [.chunkMissing, .segmentMalformed], series: true
    ) { try $0.write(Array(try $0.read("\(ulid)/chunks/000001").dropLast(9000)), to: "\(ulid)/chunks/000001") },
    DataDamage("a segment cut off in its last chunk", files: [], full: [.segmentMalformed]) {
      try $0.write(Array(try $0.read("\(ulid)/chunks/000001").dropLast(3)), to: "\(ulid)/chunks/000001")
    },
    DataDamage(
      "one of two segments cut off, and a chunk at another place in the other", files: [.chunkMissing],
      full: [.chunkMissing, .unreferencedChunk, .segmentMalformed], series: true
    ) { data in
      try divide(data) { index in index.series[7].chunks[0].reference += 1 }
      try data.write(Array(try data.read("\(ulid)/chunks/000002").dropLast(9000)), to: "\(ulid)/chunks/000002")
    },
    DataDamage(
      "the second of two segments gone, and other times in the first", files: [.missingFile],
      full: [.chunkTimes, .missingFile], series: true
    ) { data in
      try divide(data) { index in index.series[7].chunks[0].minTime += 1 }
      try Directory.removeFile("\(data.path)/\(ulid)/chunks/000002")
    },
    DataDamage("a segment with nothing but a header", files: [], full: [.emptySegment]) {
      try $0.write(SegmentInput.head, to: "\(ulid)/chunks/000002")
    },
    DataDamage("a header that does not end in zeros", files: [], full: [.segmentPadding]) {
      try $0.flip("\(ulid)/chunks/000001", at: 6)
    },
    DataDamage("a raw block that calls itself downsampled", files: [], full: [.resolutionMismatch], series: true) {
      let text = String(decoding: try $0.read("\(ulid)/meta.json"), as: UTF8.self).replacing(
        "\"stats\":", with: "\"thanos\": {\"labels\": {\"a\": \"b\"}, \"downsample\": {\"resolution\": 300000}}, \"stats\":")
      try $0.write(Array(text.utf8), to: "\(ulid)/meta.json")
    },
    DataDamage("no segment", files: [.missingFile], full: [.missingFile]) {
      try Directory.removeFile("\($0.path)/\(ulid)/chunks/000001")
    },
  ]

  static let tombstones = [
    DataDamage("tombstones of another format", files: [], full: [.tombstonesMalformed]) {
      try $0.flip("\(ulid)/tombstones", at: 0)
    },
    DataDamage("a deletion from no series", files: [], full: [.tombstoneDangling]) {
      try $0.write(TombstonesInput.file([(1, 5, 6)]), to: "\(ulid)/tombstones")
      try count(1, in: $0)
    },
    DataDamage("deletions that are fewer than meta.json says", files: [], full: [.countMismatch]) {
      try count(2, in: $0)
    },
    DataDamage("a deletion that ends before it begins", files: [], full: [.tombstoneRange], series: true) { data in
      var first: UInt64 = 0
      try Index(FileBytes(mapping: "\(data.path)/\(ulid)/index")).forEachSeries { first = max(first, $0.reference) }
      try data.write(TombstonesInput.file([(first, 5, 6), (first, 8, 7)]), to: "\(ulid)/tombstones")
      try count(2, in: data)
    },
  ]

  /// Has meta.json count so many deletions.
  private static func count(_ deletions: Int, in data: DataFolder) throws {
    let text = String(decoding: try data.read("\(ulid)/meta.json"), as: UTF8.self)
      .replacing("\"numChunks\": 195", with: "\"numChunks\": 195, \"numTombstones\": \(deletions)")
    try data.write(Array(text.utf8), to: "\(ulid)/meta.json")
  }

  /// Makes two segments of the one.
  private static func divide(_ data: DataFolder, _ change: (inout RewrittenIndex) -> Void) throws {
    let bytes = try data.read("\(ulid)/chunks/000001")
    var index = try RewrittenIndex("\(data.path)/\(ulid)/index")
    // A chunk in the middle, and all behind it.
    let border = index.series[60].chunks[0].reference
    for series in index.series.indices {
      for chunk in index.series[series].chunks.indices where index.series[series].chunks[chunk].reference >= border {
        index.series[series].chunks[chunk].reference += 1 << 32 + 8 - border
      }
    }
    change(&index)
    try data.write(Array(bytes[..<Int(border)]), to: "\(ulid)/chunks/000001")
    try data.write(SegmentInput.head + bytes[Int(border)...], to: "\(ulid)/chunks/000002")
    try data.write(index.bytes, to: "\(ulid)/index")
  }

  /// Gives the last series its last chunk twice, the second one changed.
  private static func twin(_ data: DataFolder, _ change: (inout SegmentFrames.Frame) -> Void) throws {
    let segment = "\(data.path)/\(ulid)/chunks/000001"
    let size = try OpenFile(segment).size
    var (samples, histograms) = (0, 0)
    try SegmentFrames(segment).rewrite(data) { frames in
      var copy = frames[frames.count - 1]
      samples = Int(copy.data[0]) << 8 | Int(copy.data[1])
      if copy.encoding != ChunkEncoding.xor.rawValue { histograms = samples }
      change(&copy)
      frames.append(copy)
    }
    var index = try RewrittenIndex("\(data.path)/\(ulid)/index")
    var chunk = index.series[119].chunks[index.series[119].chunks.count - 1]
    chunk.reference = size
    index.series[119].chunks.append(chunk)
    try data.write(index.bytes, to: "\(ulid)/index")
    let text = String(decoding: try data.read("\(ulid)/meta.json"), as: UTF8.self)
      .replacing("\"numChunks\": 195", with: "\"numChunks\": 196")
      .replacing("\"numSamples\": 18920", with: "\"numSamples\": \(18_920 + samples)")
      .replacing("\"numFloatSamples\": 16045", with: "\"numFloatSamples\": \(16_045 + samples - histograms)")
      .replacing("\"numHistogramSamples\": 2875", with: "\"numHistogramSamples\": \(2875 + histograms)")
    try data.write(Array(text.utf8), to: "\(ulid)/meta.json")
  }
}
