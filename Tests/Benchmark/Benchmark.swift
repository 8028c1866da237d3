import Fixtures
import Glibc
import Platform
import TSDB

/// Measures what reading and hashing a block costs: `benchmark make FOLDER`, then `benchmark run FOLDER`; and makes the
/// data folder that scripts/bench uploads: `benchmark blocks FOLDER`.
@main
enum Benchmark {
  static let series = 2_000_000
  static let segmentSize = 256 << 20
  static let runs = 5

  static func main() async {
    let arguments = CommandLine.arguments
    do {
      switch (arguments.count, arguments.dropFirst().first) {
      case (3, "make"): try make(arguments[2])
      case (3, "run"): try await run(arguments[2])
      case (3, "blocks"): try BlockInput.writeAll(to: arguments[2])
      default:
        print("usage: benchmark make|run|blocks FOLDER")
        exit(2)
      }
    } catch {
      print("benchmark: \(error)")
      exit(1)
    }
  }

  private static func make(_ folder: String) throws {
    try Directory.create(folder)
    try SegmentInput.write(to: folder + "/segment", size: segmentSize)
    try IndexInput.write(to: folder + "/index", series: series) { number in
      let first = 1_700_006_400_000 + Int64(number % 30_000)
      // Segments of 512 MiB, chunks of 140 bytes.
      let segment = UInt64(number) / 1_917_396
      let offset = 8 + UInt64(number) % 1_917_396 * 280
      return [0, 1].map { hour in
        let start = first + Int64(hour) * 3_600_000
        return IndexInput.Chunk(
          times: start...start + 3_570_000, reference: segment << 32 | offset + UInt64(hour) * 140)
      }
    }
  }

  private static func run(_ folder: String) async throws {
    try await walkIndex(folder + "/index")
    try await checkChunks(folder + "/segment")
    try await decodeChunks(folder + "/segment")
    for regions in [1, 2, 4, 8, 16] { try await hash(regions, of: folder + "/segment", "MD5", .md5) }
    if let digests = ParallelDigest.sha256 {
      for regions in [1, 2, 16] { try await hash(regions, of: folder + "/segment", "SHA-256", digests) }
    }
  }

  private static func walkIndex(_ path: String) async throws {
    let index = try Index(FileBytes(mapping: path))
    for checking in [true, false] {
      var count = 0
      var chunks = 0
      let time = try await Measurement.median(of: runs) {
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
  private static func checkChunks(_ path: String) async throws {
    let file = try OpenFile(path)
    var bad = 0
    let time = try await Measurement.median(of: runs) {
      var scanner = SegmentScanner(file: path)
      try file.forEachWindow(of: 0..<file.size) { window in
        try scanner.scan(window) { if !$0.isIntact { bad += 1 } }
      }
      try scanner.finish()
    }
    guard bad == 0 else { throw WrongCount(expected: 0, found: bad) }
    time.report("chunks read and CRC-checked", amount: Double(file.size), scale: 1e9, unit: "GB/s")
  }

  /// The digests of parts as S3 takes them, all asked for at once.
  private static func hash(_ regions: Int, of path: String, _ name: String, _ parallel: ParallelDigest) async throws {
    let file = try OpenFile(path)
    let size: UInt64 = 16 << 20
    guard file.size >= UInt64(regions) * size else { throw WrongCount(expected: segmentSize, found: Int(file.size)) }
    var digests: Set<[UInt8]> = []
    let time = try await Measurement.median(of: runs) {
      digests = try await withThrowingTaskGroup(of: [UInt8].self) { group in
        for start in stride(from: 0, to: UInt64(regions) * size, by: Int(size)) {
          group.addTask { try await parallel.digest(of: file, start..<start + size) }
        }
        return try await group.reduce(into: []) { $0.insert($1) }
      }
    }
    guard digests.count == regions else { throw WrongCount(expected: regions, found: digests.count) }
    time.report(
      "\(name) of \(regions) regions at once, read", amount: Double(UInt64(regions) * size), scale: 1e9, unit: "GB/s")
  }

  private static func decodeChunks(_ path: String) async throws {
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
    try await decode(chunks, of: bytes, "XOR decoded")
    try await summarise(chunks, of: bytes)
    for kind in SegmentInput.Kind.allCases {
      let part = stride(from: kind.rawValue, to: chunks.count, by: SegmentInput.Kind.allCases.count).map { chunks[$0] }
      try await decode(part, of: bytes, "  of these, series of \(kind)")
    }
    try await checkAndDecode(path, chunks.count)
  }

  /// Decoded as checks do, which keep no sample.
  private static func summarise(_ chunks: [Range<Int>], of bytes: FileBytes) async throws {
    var decoder = ChunkDecoder()
    var count = 0
    let time = try await Measurement.median(of: runs) {
      count = 0
      for chunk in chunks { count += try decoder.summary(of: .xor, bytes.bytes.extracting(chunk)).samples }
    }
    time.report("XOR decoded to the end of each chunk", amount: Double(count), scale: 1e6, unit: "M samples/s")
  }

  private static func decode(_ chunks: [Range<Int>], of bytes: FileBytes, _ name: String) async throws {
    var samples = FloatSamples()
    var count = 0
    let time = try await Measurement.median(of: runs) {
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
  private static func checkAndDecode(_ path: String, _ chunks: Int) async throws {
    let file = try OpenFile(path)
    var decoder = ChunkDecoder()
    var count = 0
    let time = try await Measurement.median(of: runs) {
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
