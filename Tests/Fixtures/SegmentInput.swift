/// A chunk segment of XOR chunks such as a Prometheus that scrapes every 30 s writes.
public enum SegmentInput {
  /// What the series of a usual block do, in equal parts and in turn, as series follow each other in a block.
  public enum Kind: Int, CaseIterable {
    /// Information, and everything that seldom changes.
    case constants
    /// A counter of events.
    case counters
    /// Memory in use, in pages.
    case gauges
    /// Seconds that something took, with all their digits.
    case seconds
  }

  /// Of `chunk`.
  public static let samplesAChunk = 120
  /// The first bytes of a segment.
  public static let head: [UInt8] = [0x85, 0xBD, 0x40, 0xDD, 1, 0, 0, 0]

  /// Writes chunks until the file has `size` bytes.
  /// - Throws: `FileError`.
  public static func write(to path: String, size: Int) throws {
    var file = try InputFile(path)
    var random = SeededRandom(seed: 20_231_114)
    file.write(head)
    var number = 0
    while file.offset < size {
      // Scrapes of different targets are spread over the interval.
      let start = 1_700_006_400_000 + Int64.random(in: 0..<30_000, using: &random)
      file.write(frame(of: chunk(Kind.allCases[number % Kind.allCases.count], from: start, &random).bytes))
      number += 1
    }
    try file.close(path)
  }

  /// A chunk as it lies in a segment.
  public static func frame(of data: [UInt8], encoding: UInt8 = 1) -> [UInt8] {
    var frame: [UInt8] = []
    frame.appendUvarint(UInt64(data.count))
    let start = frame.count
    frame.append(encoding)
    frame += data
    frame.appendChecksum(from: start)
    return frame
  }

  /// An hour of a series.
  /// - Parameter start: of the first sample, in milliseconds.
  public static func chunk(_ kind: Kind, from start: Int64, _ random: inout SeededRandom) -> XORChunk {
    var chunk = XORChunk()
    var time = start
    var value = kind == .constants ? 1.0 : Double(Int.random(in: 1_000..<10_000_000, using: &random))
    for _ in 0..<samplesAChunk {
      // Prometheus takes a scrape's planned time as long as it is late by no more than 2 ms; some are.
      let late = Int.random(in: 0..<50, using: &random) == 0 ? Int64.random(in: 3..<40, using: &random) : 0
      chunk.append(time + late, value)
      time += 30_000
      switch kind {
      case .constants: break
      case .counters: value += Double(Int.random(in: 0..<200, using: &random))
      case .gauges: value += Double(4096 * Int.random(in: -50..<50, using: &random))
      case .seconds: value += Double.random(in: 0..<10, using: &random)
      }
    }
    return chunk
  }
}
