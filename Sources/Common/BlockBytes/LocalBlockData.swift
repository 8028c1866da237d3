import Glibc
public import Platform

/// The data of a block on disk, its files held open.
public struct LocalBlockData: BlockData {
  /// Bytes that are read at a time.
  private static let window: UInt64 = 1 << 20

  private let note: (@Sendable (Int) -> Void)?
  private var files: [String: OpenFile] = [:]

  /// - Parameter note: gets the number of bytes of each read, from whatever thread.
  public init(note: (@Sendable (Int) -> Void)? = nil) { self.note = note }

  /// Opens a file of the block. Blocks.
  /// - Parameter name: its path on disk.
  /// - Throws: `FileError`.
  public mutating func open(_ path: String, _ name: String) throws(FileError) -> DataFile {
    let file = try OpenFile(name, note: note)
    files[path] = file
    return DataFile(path: path, name: name, size: file.size)
  }

  /// Takes in a file of the block that is open already.
  public mutating func hold(_ path: String, _ file: OpenFile) -> DataFile {
    files[path] = file
    return DataFile(path: path, name: file.path, size: file.size)
  }

  public func stream(_ file: DataFile, _ receive: @escaping @Sendable ([UInt8]) async throws -> Void) async throws {
    guard let open = files[file.path] else { return }
    var offset: UInt64 = 0
    while offset < open.size {
      try Task.checkCancellation()
      let range = offset..<min(open.size, offset + Self.window)
      try await receive(try await BlockingPool.shared.run { () throws(FileError) in try open.read(range) })
      offset = range.upperBound
    }
  }

  public func read(_ file: DataFile, _ range: Range<UInt64>) async throws -> [UInt8] {
    guard let open = files[file.path] else { return [] }
    let range = range.clamped(to: 0..<open.size)
    return try await BlockingPool.shared.run { try open.read(range) }
  }

  public func hold(_ file: DataFile, _ parts: [Range<UInt64>]) async throws -> FileBytes {
    guard let open = files[file.path] else { throw FileError(action: "read", path: file.name, number: ENOENT) }
    return try FileBytes(mapping: open)
  }
}
