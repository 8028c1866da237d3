import BlockBytes
import Platform
import Synchronization
import TSDB

@testable import Analysis

/// A block's data that is taken for that of a bucket, and notes what is asked for.
final class MeasuredData: BlockData {
  private let base: any BlockData
  private let asked = Mutex<[(path: String, range: Range<UInt64>)]>([])

  private init(_ base: any BlockData) { self.base = base }

  /// A block on disk, and what is read of it.
  static func block(_ path: String) throws -> (block: InspectedBlock, data: MeasuredData) {
    let block = try ChunkAnalysisTests.block(path)
    let data = MeasuredData(block.data)
    return (
      InspectedBlock(description: block.description, data: data, index: block.index, segments: block.segments), data)
  }

  /// What was read of the segments, in the order in which it was asked for.
  var ofSegments: [Range<UInt64>] { asked.withLock { $0.filter { $0.path.hasPrefix("chunks/") }.map(\.range) } }
  /// Bytes that were read of the index.
  var ofIndex: UInt64 { asked.withLock { $0.filter { $0.path == "index" }.reduce(0) { $0 + UInt64($1.range.count) } } }

  private func note(_ file: DataFile, _ range: Range<UInt64>) { asked.withLock { $0.append((file.path, range)) } }

  func stream(_ file: DataFile, _ receive: @escaping @Sendable ([UInt8]) async throws -> Void) async throws {
    note(file, 0..<file.size)
    try await base.stream(file, receive)
  }

  func read(_ file: DataFile, _ range: Range<UInt64>) async throws -> [UInt8] {
    note(file, range)
    return try await base.read(file, range)
  }

  func hold(_ file: DataFile, _ parts: [Range<UInt64>]) async throws -> FileBytes {
    for part in parts { note(file, part) }
    return try FileBytes(
      parts: try await withThrowingTaskGroup(of: (offset: UInt64, bytes: [UInt8]).self) { group in
        for part in parts where !part.isEmpty {
          group.addTask { [base] in (part.lowerBound, try await base.read(file, part)) }
        }
        return try await group.reduce(into: []) { $0.append($1) }.sorted { $0.offset < $1.offset }
      }, size: file.size, name: file.name)
  }
}
