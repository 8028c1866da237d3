import Fixtures
import Platform
import TSDB

/// Whole blocks as they lie on a production server: a compacted one of two days in segments of 512 MiB, and the 2-hour
/// blocks after it. 60 000 series, scraped every 30 s.
struct BlockInput {
  static let series = 60_000
  private static let start: Int64 = 1_700_006_400_000
  private static let hour: Int64 = 3_600_000
  private static let segmentSize = 512 << 20

  /// Writes about 1.2 GB.
  static func writeAll(to folder: String) throws {
    try Directory.create(folder)
    var random = SeededRandom(seed: 1_917)
    var ranges = [(start: start, hours: 48, level: 3)]
    for number in 0..<4 { ranges.append((start + Int64(48 + 2 * number) * hour, 2, 1)) }
    for (number, range) in ranges.enumerated() {
      let ulid = "01HF5EN80000000000000000A\(number)"
      try write(ulid, to: "\(folder)/\(ulid)", from: range.start, hours: range.hours, level: range.level, &random)
    }
  }

  private static func write(
    _ ulid: String, to folder: String, from start: Int64, hours: Int, level: Int, _ random: inout SeededRandom
  ) throws {
    try Directory.create(folder + "/chunks")
    var chunks: [[IndexInput.Chunk]] = []
    chunks.reserveCapacity(series)
    var segment: UInt64 = 1
    var file = try openSegment(folder, segment)
    for number in 0..<series {
      let kind = SegmentInput.Kind.allCases[number % SegmentInput.Kind.allCases.count]
      let offset = Int64.random(in: 0..<29_000, using: &random)
      var own: [IndexInput.Chunk] = []
      for past in 0..<Int64(hours) {
        let first = start + past * hour + offset
        let chunk = SegmentInput.chunk(kind, from: first, &random)
        let frame = SegmentInput.frame(of: chunk.bytes)
        if file.offset + frame.count > segmentSize {
          try file.close(folder)
          segment += 1
          file = try openSegment(folder, segment)
        }
        let reference = (segment - 1) << 32 | UInt64(file.offset)
        own.append(IndexInput.Chunk(times: chunk.start...chunk.time, reference: reference))
        file.write(frame)
      }
      chunks.append(own)
    }
    try file.close(folder)
    try IndexInput.write(to: folder + "/index", series: series) { chunks[$0] }
    let total = series * hours
    let meta = """
      {"ulid": "\(ulid)", "minTime": \(start), "maxTime": \(start + Int64(hours) * hour),
       "stats": {"numSamples": \(total * SegmentInput.samplesAChunk), "numSeries": \(series), "numChunks": \(total)},
       "compaction": {"level": \(level), "sources": ["\(ulid)"]}, "version": 1}
      """
    try AtomicFile.write(Array(meta.utf8), to: folder + "/meta.json")
  }

  private static func openSegment(_ folder: String, _ number: UInt64) throws -> InputFile {
    let digits = String(number)
    var file = try InputFile(folder + "/chunks/" + String(repeating: "0", count: 6 - digits.utf8.count) + digits)
    file.write(SegmentInput.head)
    return file
  }
}
