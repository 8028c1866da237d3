internal import Glibc
internal import Platform
internal import Synchronization

extension FileSystemBucket {
  /// - Throws: `BucketError`; the `FileError` of the file that is to be uploaded if that cannot be read; what the
  ///   content's source and `confirm` throw.
  @discardableResult
  public func put(_ key: String, _ content: ObjectContent, _ options: PutOptions) async throws -> PutReceipt {
    let path = try path(of: key)
    let pending = try await BlockingPool.shared.runCancellably { _ in
      PendingObject(try create(path, key: key), key: key, in: self)
    }
    switch content {
    case .source(let source): try await write(source, to: pending, options)
    default:
      try await BlockingPool.shared.runCancellably { cancellation in
        try write(content, to: pending, options, cancellation)
      }
    }
    try await options.confirm?()
    try await BlockingPool.shared.runCancellably { _ in try pending.commit() }
    return PutReceipt(etag: nil, partSize: nil, sent: content.size)
  }

  /// What lies in memory or in a file. Blocks.
  private func write(
    _ content: ObjectContent, to pending: PendingObject, _ options: PutOptions, _ cancellation: Cancellation
  ) throws {
    func take(_ bytes: RawSpan) throws {
      try cancellation.check()
      try writing?.wait(for: UInt64(bytes.byteCount), cancellation)
      try pending.write(bytes)
      options.note(bytes.byteCount)
    }
    switch content {
    case .bytes(let bytes): try unsafe take(bytes.span.bytes)
    case .file(let source, let range): try source.forEachWindow(of: range, window: Int(Self.window(writing)), take)
    case .source: break
    }
  }

  /// What has to be fetched, window by window.
  private func write(_ source: any ContentSource, to pending: PendingObject, _ options: PutOptions) async throws {
    var offset: UInt64 = 0
    while offset < source.size {
      let window = offset..<(offset + min(Self.window(writing), source.size - offset))
      let bytes = try await source.read(window)
      guard bytes.count == window.count else {
        throw BucketError(
          .rejected, key: pending.key, in: location,
          "its source gave \(bytes.count) bytes instead of the \(window.count) asked for")
      }
      try await writing?.wait(for: UInt64(bytes.count))
      try await BlockingPool.shared.runCancellably { _ in try unsafe pending.write(bytes.span.bytes) }
      options.note(bytes.count)
      offset = window.upperBound
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
        if swept.isFirst(folder) { AtomicFile.removeStale(in: folder) }
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

  fileprivate func writeFailure(_ error: FileError, key: String) -> BucketError {
    switch error.number {
    case ENOTDIR, EEXIST, EISDIR, ENOTEMPTY:
      BucketError(
        .rejected, key: key, in: location,
        "\(error); in a directory, a key cannot be an object and the folder of others at once", cause: error)
    default: failure(error, key: key)
    }
  }
}

/// Which folders were looked through for files that nobody writes any more: once each, since a block may have thousands
/// of objects.
final class SweptFolders: Sendable {
  private let seen = Mutex<Set<String>>([])

  func isFirst(_ folder: String) -> Bool { seen.withLock { $0.insert(folder).inserted } }
}

/// An object that is being written and is not under its key yet. Without `commit`, nothing is left of it.
private final class PendingObject: Sendable {
  let key: String
  private let bucket: FileSystemBucket
  /// `nil` when it was committed.
  private let file: Mutex<AtomicFile?>

  init(_ file: consuming sending AtomicFile, key: String, in bucket: FileSystemBucket) {
    self.file = Mutex(file)
    self.key = key
    self.bucket = bucket
  }

  /// Appends bytes. Blocks; one caller at a time.
  func write(_ bytes: RawSpan) throws(BucketError) {
    let failure = file.withLock { file -> FileError? in
      do throws(FileError) {
        try file?.write(bytes)
        return nil
      } catch {
        return error
      }
    }
    if let failure { throw bucket.writeFailure(failure, key: key) }
  }

  /// Makes the object appear. Blocks until it is on the disk.
  func commit() throws(BucketError) {
    let failure = file.withLock { file -> FileError? in
      do throws(FileError) {
        try file.take()?.commit()
        return nil
      } catch {
        return error
      }
    }
    if let failure { throw bucket.writeFailure(failure, key: key) }
  }
}

extension PutOptions {
  /// What is written to a file has gone out and arrived at once.
  fileprivate func note(_ bytes: Int) {
    delivered?(UInt64(bytes))
    moved?(Int64(bytes))
  }
}
