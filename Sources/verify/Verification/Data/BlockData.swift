import ObjectStore
import Platform

/// A file of a block's data, wherever it lies.
struct DataFile: Sendable {
  /// Relative to the block: `index`, `chunks/000001`.
  let path: String
  /// What findings call it: its path on disk or its key.
  let name: String
  /// Bytes.
  let size: UInt64
}

/// Where the bytes of a block's data come from, so that a folder and a bucket are checked by the same code.
protocol BlockData: Sendable {
  /// Hands over a file's bytes once, from front to back, in windows of any size. The next ones come when `receive` has
  /// returned, which must not wait for other bytes of the block.
  /// - Throws: `FileError`, `BucketError`, `CancellationError`, and what `receive` throws.
  func stream(_ file: DataFile, _ receive: @escaping @Sendable ([UInt8]) async throws -> Void) async throws

  /// Bytes out of the middle of a file; fewer where it has become shorter.
  /// - Throws: as `stream`.
  func read(_ file: DataFile, _ range: Range<UInt64>) async throws -> [UInt8]
}

/// The data of a block on disk, its files held open.
struct LocalBlockData: BlockData {
  /// Bytes that are read at a time.
  private static let window: UInt64 = 1 << 20

  private let meter: ReadMeter?
  private var files: [String: OpenFile] = [:]

  init(meter: ReadMeter? = nil) { self.meter = meter }

  /// Opens a file of the block. Blocks.
  /// - Parameter name: its path on disk.
  /// - Throws: `FileError`.
  mutating func open(_ path: String, _ name: String) throws(FileError) -> DataFile {
    let file = try OpenFile(name, note: meter?.add)
    files[path] = file
    return DataFile(path: path, name: name, size: file.size)
  }

  /// Takes in a file of the block that is open already.
  mutating func hold(_ path: String, _ file: OpenFile) -> DataFile {
    files[path] = file
    return DataFile(path: path, name: file.path, size: file.size)
  }

  func stream(_ file: DataFile, _ receive: @escaping @Sendable ([UInt8]) async throws -> Void) async throws {
    guard let open = files[file.path] else { return }
    var offset: UInt64 = 0
    while offset < open.size {
      try Task.checkCancellation()
      let range = offset..<min(open.size, offset + Self.window)
      try await receive(try await BlockingPool.shared.run { () throws(FileError) in try open.read(range) })
      offset = range.upperBound
    }
  }

  func read(_ file: DataFile, _ range: Range<UInt64>) async throws -> [UInt8] {
    guard let open = files[file.path] else { return [] }
    let range = range.clamped(to: 0..<open.size)
    return try await BlockingPool.shared.run { try open.read(range) }
  }
}

/// The data of a block in a bucket.
struct BucketBlockData: BlockData {
  let bucket: any Bucket

  func stream(_ file: DataFile, _ receive: @escaping @Sendable ([UInt8]) async throws -> Void) async throws {
    try await bucket.get(file.name, range: nil, receive: receive)
  }

  func read(_ file: DataFile, _ range: Range<UInt64>) async throws -> [UInt8] {
    let received = ReceivedBytes()
    try await bucket.get(file.name, range: range) { received.append($0) }
    return received.bytes
  }
}
