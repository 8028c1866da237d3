import Archive
import BlockBytes
import CZlib
import CZstd
import Fixtures
import Platform
import Testing

@testable import Analysis

/// Ratios are those that zlib and libzstd give on the same bytes.
@Suite("Compression of index and chunks")
struct CompressionTrialTests {
  private static let window = 1 << 20

  /// Files in memory.
  private struct Held: BlockData {
    let files: [String: [UInt8]]

    func stream(_ file: DataFile, _ receive: @escaping @Sendable ([UInt8]) async throws -> Void) async throws {
      try await receive(files[file.path] ?? [])
    }

    func read(_ file: DataFile, _ range: Range<UInt64>) async throws -> [UInt8] {
      Array((files[file.path] ?? [])[Int(range.lowerBound)..<Int(range.upperBound)])
    }

    func hold(_ file: DataFile, _ parts: [Range<UInt64>]) async throws -> FileBytes {
      throw FileError(action: "map", path: file.path, number: 2)
    }
  }

  private static func block(index: [UInt8], segments: [[UInt8]]) throws -> InspectedBlock {
    var files = ["index": index]
    for (number, segment) in segments.enumerated() { files["chunks/00000\(number + 1)"] = segment }
    func file(_ path: String) -> DataFile { DataFile(path: path, name: path, size: UInt64(files[path]?.count ?? 0)) }
    return InspectedBlock(
      description: try ChunkAnalysisTests.block(ChunkAnalysisTests.raw).description, data: Held(files: files),
      index: file("index"), segments: segments.indices.map { file("chunks/00000\($0 + 1)") })
  }

  /// By other calls of the libraries than those that are tested.
  private static func size(_ bytes: [UInt8], _ method: CompressionMethod) throws -> Int {
    switch method {
    case .gzip(let level):
      var room = [UInt8](repeating: 0, count: bytes.count + bytes.count / 8 + 1024)
      var count = UInt(room.count)
      let status = unsafe compress2(&room, &count, bytes, UInt(bytes.count), level)
      try #require(status == Z_OK)
      // gzip's header and trailer have 18 bytes, zlib's 6.
      return Int(count) + 12
    case .zstd(let level):
      let context = try unsafe #require(ZSTD_createCCtx())
      defer { unsafe _ = ZSTD_freeCCtx(context) }
      unsafe ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, level)
      var room = [UInt8](repeating: 0, count: ZSTD_compressBound(bytes.count))
      return unsafe ZSTD_compress2(context, &room, room.count, bytes, bytes.count)
    }
  }

  /// The windows of a part, chosen as its documentation says.
  private static func windows(_ bytes: [UInt8]) -> [[UInt8]] {
    if bytes.count <= 16 * window {
      return stride(from: 0, to: bytes.count, by: window).map { Array(bytes[$0..<min(bytes.count, $0 + window)]) }
    }
    return (0..<16).map { number in
      let start = Int(Double(bytes.count - window) / 15 * Double(number))
      return Array(bytes[start..<(start + window)])
    }
  }

  private static func check(_ results: [CompressionTrial.Result], _ part: String, _ bytes: [UInt8]) throws {
    let results = results.filter { $0.part == part }
    #expect(results.map(\.method) == [.gzip(level: 6), .zstd(level: 3), .zstd(level: 19)])
    let windows = windows(bytes)
    for result in results {
      #expect(result.bytes == UInt64(bytes.count))
      #expect(result.measured == UInt64(windows.reduce(0) { $0 + $1.count }))
      let expected = try windows.reduce(0) { $0 + (try size($1, result.method)) }
      #expect(result.compressed == UInt64(expected), "\(part), \(result.method)")
      #expect(result.ratio == Double(expected) / Double(result.measured))
    }
  }

  @Test("the ratios of a block are those of zlib and libzstd", arguments: [ChunkAnalysisTests.raw, Fixtures.blocks[3]])
  func fixtures(_ path: String) async throws {
    let results = try await CompressionTrial.run(try ChunkAnalysisTests.block(path))
    try Self.check(results, "index", try Fixtures.bytes("\(path)/index"))
    try Self.check(results, "chunks", try Fixtures.bytes("\(path)/chunks/000001"))
  }

  @Test("windows of a large part are spread over its files, and may begin in one and end in the next")
  func large() async throws {
    var random = SeededRandom(seed: 5)
    // Of a kind that no compressor spends much time on, and no two windows alike.
    func text(_ count: Int) -> [UInt8] {
      var bytes = [UInt8](repeating: 97, count: count)
      for place in stride(from: 0, to: count, by: 50_000 + 13 * (count % 7)) {
        let noise = Int.random(in: 100...1000, using: &random)
        for place in place..<min(count, place + noise) { bytes[place] = UInt8.random(in: 0...255, using: &random) }
      }
      return bytes
    }
    let (index, segments) = (text(17 << 20), [text(700_000), text(1_000_000), text(5)])
    let results = try await CompressionTrial.run(try Self.block(index: index, segments: segments))
    try Self.check(results, "index", index)
    try Self.check(results, "chunks", segments.flatMap(\.self))
  }

  @Test("bytes that do not shrink have a ratio of a little more than 1, and nothing has 1")
  func random() async throws {
    var random = SeededRandom(seed: 6)
    let noise = (0..<200_000).map { _ in UInt8.random(in: 0...255, using: &random) }
    let results = try await CompressionTrial.run(try Self.block(index: noise, segments: []))
    for result in results where result.part == "index" { #expect(result.ratio > 1 && result.ratio < 1.001) }
    for result in results where result.part == "chunks" { #expect(result.ratio == 1 && result.measured == 0) }
  }

  @Test("of a large part windows are measured that are spread over all of it", arguments: [0, 1, 1 << 20, 16 << 20, 1 << 30] as [UInt64])
  func windows(_ total: UInt64) {
    let starts = CompressionTrial.starts(total)
    #expect(starts.count == Int(min(16, (total + (1 << 20) - 1) >> 20)))
    #expect(starts.first ?? 0 == 0)
    if total > 16 << 20 { #expect(starts.last == total - (1 << 20)) }
  }
}
