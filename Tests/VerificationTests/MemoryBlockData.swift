import Fixtures
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

  /// - Parameter block: relative to `Fixtures.root`.
  init(_ block: String) throws {
    for path in [Self.indexPath, "chunks/000001", Self.tombstonesPath] {
      contents[path] = try? Fixtures.bytes("\(block)/\(path)")
    }
  }

  func stream(_ file: DataFile, _ receive: @escaping @Sendable ([UInt8]) async throws -> Void) async throws {
    guard let bytes = contents[file.path] else { return }
    for start in stride(from: 0, to: bytes.count, by: window) {
      try await receive(Array(bytes[start..<min(bytes.count, start + window)]))
    }
  }

  func read(_ file: DataFile, _ range: Range<UInt64>) async throws -> [UInt8] {
    let bytes = contents[file.path] ?? []
    return Array(bytes[min(bytes.count, Int(range.lowerBound))..<min(bytes.count, Int(range.upperBound))])
  }

  /// Everything that is found at `full`.
  func report(_ meta: BlockMeta?) async throws -> BlockReport {
    func file(_ path: String) -> DataFile? {
      contents[path].map { DataFile(path: path, name: path, size: UInt64($0.count)) }
    }
    var files = DataFiles(segments: [], metaName: "meta.json", segmentsName: "chunks", missing: .missingFile)
    files.index = file(Self.indexPath)
    files.segments = contents.keys.filter { $0.hasPrefix("chunks/") }.sorted().compactMap(file)
    files.tombstones = file(Self.tombstonesPath)
    var report = BlockReport(try #require(ULID("01M81B088QDAD3JHFN4993ETCA")))
    let check = DataCheck(data: self, files: files, meta: meta, level: .full, computesHashes: false)
    try await check.run(&report)
    return report
  }
}
