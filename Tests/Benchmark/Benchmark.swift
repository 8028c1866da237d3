import Glibc
import Platform
import TSDB

/// Measures what reading a block costs, on one thread: `benchmark make FOLDER`, then `benchmark run FOLDER`.
@main
enum Benchmark {
  static let series = 2_000_000
  static let segmentSize = 256 << 20
  static let runs = 5

  static func main() {
    let arguments = CommandLine.arguments
    guard arguments.count == 3, ["make", "run"].contains(arguments[1]) else {
      print("usage: benchmark make|run FOLDER")
      exit(2)
    }
    do {
      if arguments[1] == "make" { try make(arguments[2]) } else { try run(arguments[2]) }
    } catch {
      print("benchmark: \(error)")
      exit(1)
    }
  }

  private static func make(_ folder: String) throws {
    try Directory.create(folder)
    try SegmentInput.write(to: folder + "/segment", size: segmentSize)
    try IndexInput.write(to: folder + "/index", series: series)
  }

  private static func run(_ folder: String) throws {
    try walkIndex(folder + "/index")
    try checkChunks(folder + "/segment")
    try decodeChunks(folder + "/segment")
  }

  private static func walkIndex(_ path: String) throws {
    let index = try Index(FileBytes(mapping: path))
    for checking in [true, false] {
      var count = 0
      var chunks = 0
      let time = try Measurement.median(of: runs) {
        count = 0
        chunks = 0
        try index.forEachSeries(checkingChecksums: checking) { entry in
          count += 1
          chunks += entry.chunks.count
        }
      }
      guard count == series, chunks == 2 * series else { throw WrongCount(expected: series, found: count) }
      time.report(
        "index walk, 2 M series" + (checking ? ", CRC" : ""), amount: Double(count), scale: 1e6, unit: "M series/s")
    }
  }

  /// From the file through the scanner, reading included.
  private static func checkChunks(_ path: String) throws {
    let file = try OpenFile(path)
    var bad = 0
    let time = try Measurement.median(of: runs) {
      var scanner = SegmentScanner(file: path)
      try file.forEachWindow(of: 0..<file.size) { window in
        try scanner.scan(window) { if !$0.isIntact { bad += 1 } }
      }
      try scanner.finish()
    }
    guard bad == 0 else { throw WrongCount(expected: 0, found: bad) }
    time.report("chunks read and CRC-checked", amount: Double(file.size), scale: 1e9, unit: "GB/s")
  }

  private static func decodeChunks(_ path: String) throws {
    let bytes = try FileBytes(mapping: path)
    var chunks: [Range<Int>] = []
    var scanner = SegmentScanner(file: path)
    try scanner.scan(bytes.bytes) { chunk in
      let start = Int(chunk.dataOffset)
      chunks.append(start..<start + chunk.data.byteCount)
    }
    let size = Double(chunks.reduce(0) { $0 + $1.count }) / Double(chunks.count * SegmentInput.samplesAChunk)
    let bytesASample = Measurement.text(size, places: 2)
    print("\(chunks.count) chunks of \(SegmentInput.samplesAChunk) samples, \(bytesASample) bytes a sample")
    try decode(chunks, of: bytes, "XOR decoded")
    for kind in SegmentInput.Kind.allCases {
      let part = stride(from: kind.rawValue, to: chunks.count, by: SegmentInput.Kind.allCases.count).map { chunks[$0] }
      try decode(part, of: bytes, "  of these, series of \(kind)")
    }
    try checkAndDecode(path, chunks.count)
  }

  private static func decode(_ chunks: [Range<Int>], of bytes: FileBytes, _ name: String) throws {
    var samples = FloatSamples()
    var count = 0
    let time = try Measurement.median(of: runs) {
      count = 0
      for chunk in chunks {
        try samples.decode(.xor, bytes.bytes.extracting(chunk))
        count += samples.count
      }
    }
    guard count == chunks.count * SegmentInput.samplesAChunk else {
      throw WrongCount(expected: chunks.count * SegmentInput.samplesAChunk, found: count)
    }
    time.report(name, amount: Double(count), scale: 1e6, unit: "M samples/s")
  }

  /// Everything that a full verification of a segment does.
  private static func checkAndDecode(_ path: String, _ chunks: Int) throws {
    let file = try OpenFile(path)
    var decoder = ChunkDecoder()
    var count = 0
    let time = try Measurement.median(of: runs) {
      count = 0
      var scanner = SegmentScanner(file: path)
      try file.forEachWindow(of: 0..<file.size) { window in
        try scanner.scan(window) { chunk in
          let summary = try decoder.summary(of: chunk.encoding, chunk.data)
          if chunk.isIntact, summary.isStrictlyRising { count += summary.samples }
        }
      }
      try scanner.finish()
    }
    guard count == chunks * SegmentInput.samplesAChunk else {
      throw WrongCount(expected: chunks * SegmentInput.samplesAChunk, found: count)
    }
    time.report("read, CRC-checked, decoded, order", amount: Double(count), scale: 1e6, unit: "M samples/s")
  }
}

/// A benchmark that did not do the work it was timed for.
struct WrongCount: Error, CustomStringConvertible {
  let expected: Int
  let found: Int
  var description: String { "expected \(expected), found \(found); if the inputs are old, delete .bench" }
}
