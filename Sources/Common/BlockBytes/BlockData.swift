public import Platform

/// A file of a block's data, wherever it lies.
public struct DataFile: Sendable {
  /// Relative to the block: `index`, `chunks/000001`.
  public let path: String
  /// What errors and findings call it: its path on disk or its key.
  public let name: String
  /// Bytes.
  public let size: UInt64

  public init(path: String, name: String, size: UInt64) {
    self.path = path
    self.name = name
    self.size = size
  }
}

/// Where the bytes of a block's data come from, so that a folder and a bucket are read by the same code.
public protocol BlockData: Sendable {
  /// Hands over a file's bytes once, from front to back, in windows of any size. The next ones come when `receive` has
  /// returned, which must not wait for other bytes of the block.
  /// - Throws: `FileError`, `BucketError`, `CancellationError`, and what `receive` throws.
  func stream(_ file: DataFile, _ receive: @escaping @Sendable ([UInt8]) async throws -> Void) async throws

  /// Bytes out of the middle of a file; fewer where it has become shorter.
  /// - Throws: as `stream`.
  func read(_ file: DataFile, _ range: Range<UInt64>) async throws -> [UInt8]

  /// Holds a file for readers that jump about in it: all of one on disk, of one in a bucket the given parts.
  /// - Throws: as `stream`.
  func hold(_ file: DataFile, _ parts: [Range<UInt64>]) async throws -> FileBytes
}
