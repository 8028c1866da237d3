import BlockBytes
import Fixtures
import ObjectStore
import Platform
import TSDB
import Testing

@testable import Verification

/// The data of a block in memory, to be changed and checked many times.
struct MemoryBlockData: BlockData {
  static let indexPath = "index"
  static let tombstonesPath = "tombstones"

  var contents: [String: [UInt8]] = [:]
  /// Bytes that are handed over at a time.
  var window = 1 << 20
  /// Files of which nothing can be read.
  var unreadable: [String] = []
  /// Where the connection breaks in every file, in bytes from its start.
  var endsAt = Int.max
  /// Files that end ten bytes before what their size was.
  var shrunk: [String] = []

  /// - Parameter block: relative to `Fixtures.root`.
  init(_ block: String) throws {
    for path in [Self.indexPath, "chunks/000001", Self.tombstonesPath] {
      contents[path] = try? Fixtures.bytes("\(block)/\(path)")
    }
  }

  func hold(_ file: DataFile, _ parts: [Range<UInt64>]) async throws -> FileBytes {
    FileBytes(try bytes(of: file), name: file.name)
  }

  func stream(_ file: DataFile, _ receive: @escaping @Sendable ([UInt8]) async throws -> Void) async throws {
    let bytes = try bytes(of: file)
    for start in stride(from: 0, to: bytes.count, by: window) {
      try Task.checkCancellation()
      if start + window > endsAt { throw Self.failure(file) }
      try await receive(Array(bytes[start..<min(bytes.count, start + window)]))
    }
  }

  func read(_ file: DataFile, _ range: Range<UInt64>) async throws -> [UInt8] {
    let bytes = try bytes(of: file)
    return Array(bytes[min(bytes.count, Int(range.lowerBound))..<min(bytes.count, Int(range.upperBound))])
  }

  private func bytes(of file: DataFile) throws -> [UInt8] {
    if unreadable.contains(file.path) { throw Self.failure(file) }
    let bytes = contents[file.path] ?? []
    return shrunk.contains(file.path) ? bytes.dropLast(10) : bytes
  }

  private static func failure(_ file: DataFile) -> BucketError {
    BucketError(.unreachable, key: file.name, in: "memory", "unreachable today")
  }

  /// Everything that is found at `full`.
  func report(_ meta: BlockMeta?, computesHashes: Bool = false) async throws -> BlockReport {
    func file(_ path: String) -> DataFile? {
      contents[path].map { DataFile(path: path, name: path, size: UInt64($0.count)) }
    }
    var files = DataFiles(segments: [], metaName: "meta.json", segmentsName: "chunks", missing: .missingFile)
    files.index = file(Self.indexPath)
    files.segments = contents.keys.filter { $0.hasPrefix("chunks/") }.sorted().compactMap(file)
    files.tombstones = file(Self.tombstonesPath)
    var report = BlockReport(try #require(ULID("01M81B088QDAD3JHFN4993ETCA")))
    let check = DataCheck(data: self, files: files, meta: meta, level: .full, computesHashes: computesHashes)
    try await check.run(&report)
    return report
  }
}
