public import ObjectStore
public import Platform
import Synchronization

/// The data of a block in a bucket.
public struct BucketBlockData: BlockData {
  private let bucket: any Bucket

  public init(bucket: any Bucket) { self.bucket = bucket }

  public func stream(_ file: DataFile, _ receive: @escaping @Sendable ([UInt8]) async throws -> Void) async throws {
    try await bucket.get(file.name, range: nil, receive: receive)
  }

  public func read(_ file: DataFile, _ range: Range<UInt64>) async throws -> [UInt8] {
    let received = ReceivedBytes()
    try await bucket.get(file.name, range: range) { received.append($0) }
    return received.bytes
  }

  public func hold(_ file: DataFile, _ parts: [Range<UInt64>]) async throws -> FileBytes {
    var held: [(offset: UInt64, bytes: [UInt8])] = []
    for part in parts where !part.isEmpty { held.append((part.lowerBound, try await read(file, part))) }
    return try FileBytes(parts: held, size: file.size, name: file.name)
  }
}

/// The bytes of a small part of an object, as they come in.
private final class ReceivedBytes: Sendable {
  private let received = Mutex<[UInt8]>([])

  func append(_ more: [UInt8]) { received.withLock { $0 += more } }

  var bytes: [UInt8] { received.withLock { $0 } }
}
