import Platform
import TSDB

/// A valid block of any size, made in a moment: few series, with chunks of 70 kB that no compressor makes smaller.
public struct GeneratedBlock: Sendable {
  public let ulid: String
  /// Milliseconds since 1970.
  public let start: Int64
  public let hours: Int
  public let level: Int
  /// About the size of each segment, in bytes.
  public let segments: [Int]

  public init(_ ulid: String, from start: Int64, hours: Int, level: Int = 1, segments: [Int]) {
    (self.ulid, self.start, self.hours, self.level, self.segments) = (ulid, start, hours, level, segments)
  }

  private static let samplesAChunk = 8_000
  private static let hour: Int64 = 3_600_000

  /// Writes the block into a data folder. The same seed makes the same bytes.
  /// - Throws: `FileError`.
  public func write(in dataFolder: String, seed: UInt64 = 0) throws {
    let folder = "\(dataFolder)/\(ulid)"
    try Directory.create(folder + "/chunks")
    var random = SeededRandom(seed: seed)
    let template = chunk(&random)
    var chunks: [IndexInput.Chunk] = []
    for (number, size) in segments.enumerated() {
      let digits = String(number + 1)
      let path = folder + "/chunks/" + String(repeating: "0", count: 6 - digits.utf8.count) + digits
      var file = try InputFile(path)
      file.write(SegmentInput.head)
      repeat {
        let reference = UInt64(number) << 32 | UInt64(file.offset)
        chunks.append(IndexInput.Chunk(times: template.start...template.time, reference: reference))
        file.write(SegmentInput.frame(of: Self.variant(of: template, &random)))
      } while file.offset < size
      try file.close(path)
    }
    try IndexInput.write(to: folder + "/index", series: chunks.count) { [chunks[$0]] }
    let samples = chunks.count * Self.samplesAChunk
    let meta = """
      {"ulid": "\(ulid)", "minTime": \(start), "maxTime": \(start + Int64(hours) * Self.hour),
       "stats": {"numSamples": \(samples), "numSeries": \(chunks.count), "numChunks": \(chunks.count)},
       "compaction": {"level": \(level), "sources": ["\(ulid)"]}, "version": 1}
      """
    try AtomicFile.write(Array(meta.utf8), to: folder + "/meta.json")
  }

  private func chunk(_ random: inout SeededRandom) -> XORChunk {
    var chunk = XORChunk()
    let interval = Int64(hours) * Self.hour / Int64(Self.samplesAChunk)
    for sample in 0..<Int64(Self.samplesAChunk) {
      chunk.append(start + sample * interval, Double.random(in: 0..<1, using: &random))
    }
    return chunk
  }

  /// The same chunk with another first value: the others are written as differences from it, so that all of them change
  /// and only 8 bytes have to be written.
  private static func variant(of chunk: XORChunk, _ random: inout SeededRandom) -> [UInt8] {
    var bytes = chunk.bytes
    // Behind the number of samples and the first one's time, a varint.
    guard let place = bytes.dropFirst(2).firstIndex(where: { $0 < 0x80 }) else { return bytes }
    for (number, byte) in Double.random(in: 0..<1, using: &random).bitPattern.bigEndianBytes.enumerated() {
      bytes[place + 1 + number] = byte
    }
    return bytes
  }
}

extension UInt64 {
  fileprivate var bigEndianBytes: [UInt8] {
    stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: self >> UInt64($0)) }
  }
}
