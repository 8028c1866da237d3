internal import Glibc
internal import Platform

extension FileSystemBucket {
  /// Bytes handed over at once: large enough for few calls, small enough for the processor's cache.
  private static let window: UInt64 = 1 << 20

  /// Under a limit, no more than is handed out at once, for an even flow.
  private static func window(_ limit: RateLimit?) -> UInt64 { limit.map { min(window, $0.burst) } ?? window }

  @discardableResult
  public func get(
    _ key: String, range: Range<UInt64>?, receive: @escaping @Sendable ([UInt8]) async throws -> Void
  ) async throws -> ObjectAttributes {
    let path = try path(of: key)
    let file = try await BlockingPool.shared.runCancellably { _ in
      do throws(FileError) {
        return try OpenFile(path)
      } catch {
        throw failure(error, key: key)
      }
    }
    // The open file is one version of the object: a `put` in between makes another file under its name.
    var offset = min(range?.lowerBound ?? 0, file.size)
    let end = min(range?.upperBound ?? file.size, file.size)
    while offset < end {
      let window = offset..<(offset + min(Self.window(reading), end - offset))
      try await reading?.wait(for: UInt64(window.count))
      let bytes = try await BlockingPool.shared.runCancellably { _ in
        do throws(FileError) {
          return try file.read(window)
        } catch {
          throw failure(error, key: key)
        }
      }
      try await receive(bytes)
      offset = window.upperBound
    }
    try Task.checkCancellation()
    return ObjectAttributes(size: file.size, modified: file.modified, etag: nil)
  }

  /// - Throws: `BucketError`; the `FileError` of the file that is to be uploaded if that cannot be read.
  @discardableResult
  public func put(_ key: String, _ content: ObjectContent, _ options: PutOptions) async throws -> PutReceipt {
    let path = try path(of: key)
    let content = try await content.fetched()
    return try await BlockingPool.shared.runCancellably { cancellation in
      let file = try create(path, key: key)
      switch content {
      case .bytes(let bytes):
        try writing?.wait(for: UInt64(bytes.count), cancellation)
        try unsafe write(bytes.span.bytes, to: file, key: key)
      case .file(let source, let range):
        try source.forEachWindow(of: range, window: Int(Self.window(writing))) { bytes in
          try cancellation.check()
          try writing?.wait(for: UInt64(bytes.byteCount), cancellation)
          try write(bytes, to: file, key: key)
        }
      case .source: break  // fetched above
      }
      try cancellation.check()
      do throws(FileError) {
        try file.commit()
      } catch {
        throw writeFailure(error, key: key)
      }
      return PutReceipt(etag: nil, partSize: nil)
    }
  }

  private func write(_ bytes: RawSpan, to file: borrowing AtomicFile, key: String) throws(BucketError) {
    do throws(FileError) {
      try file.write(bytes)
    } catch {
      throw writeFailure(error, key: key)
    }
  }

  /// Opens the temporary file, in folders that are created for it if need be.
  private func create(_ path: String, key: String) throws(BucketError) -> AtomicFile {
    let folder = AtomicFile.folder(of: path)
    // A `delete` beside it may take away the folder again for as long as it is empty.
    var attempts = 0
    while true {
      attempts += 1
      do throws(FileError) {
        try createFolder(folder)
        return try AtomicFile(path)
      } catch {
        guard error.code == .notFound, attempts < 100 else { throw writeFailure(error, key: key) }
      }
    }
  }

  /// Creates a folder and those above it so that they outlast a crash.
  private func createFolder(_ path: String) throws(FileError) {
    do throws(FileError) {
      if try Directory.status(of: path).kind == .directory { return }
      throw FileError.notAFolder(path)
    } catch {
      guard error.code == .notFound else { throw error }
    }
    let parent = AtomicFile.folder(of: path)
    try createFolder(parent)
    try Directory.create(path)
    try Directory.synchronise(parent)
  }

  private func writeFailure(_ error: FileError, key: String) -> BucketError {
    switch error.number {
    case ENOTDIR, EEXIST, EISDIR, ENOTEMPTY:
      BucketError(
        .rejected, key: key, in: location,
        "\(error); in a directory, a key cannot be an object and the folder of others at once", cause: error)
    default: failure(error, key: key)
    }
  }
}
