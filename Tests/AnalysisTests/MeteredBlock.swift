import BlockBytes
import Platform
import Synchronization
import TSDB

@testable import Analysis

/// The data of a block on disk as if it were in a bucket, which notes what is asked for.
final class MeteredData: BlockData {
  struct Request: Equatable {
    let path: String
    let range: Range<UInt64>
  }

  private let base: any BlockData
  private let noted = Mutex<[Request]>([])

  init(_ base: any BlockData) { self.base = base }

  var requests: [Request] { noted.withLock { $0 } }

  func stream(_ file: DataFile, _ receive: @escaping @Sendable ([UInt8]) async throws -> Void) async throws {
    noted.withLock { $0.append(Request(path: file.path, range: 0..<file.size)) }
    try await base.stream(file, receive)
  }

  func read(_ file: DataFile, _ range: Range<UInt64>) async throws -> [UInt8] {
    noted.withLock { $0.append(Request(path: file.path, range: range)) }
    return try await base.read(file, range)
  }

  func hold(_ file: DataFile, _ parts: [Range<UInt64>]) async throws -> FileBytes {
    var held: [(offset: UInt64, bytes: [UInt8])] = []
    for part in parts where !part.isEmpty { held.append((part.lowerBound, try await read(file, part))) }
    return try FileBytes(parts: held, size: file.size, name: file.name)
  }

  /// A block that is read through this.
  static func of(_ path: String) throws -> (block: InspectedBlock, data: MeteredData) {
    let block = try InspectedBlock(at: path)
    let data = MeteredData(block.data)
    let metered = InspectedBlock(
      description: block.description, data: data, index: block.index, segments: block.segments, tombstones: nil)
    return (metered, data)
  }
}
