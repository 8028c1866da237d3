internal import Platform

/// A folder as a bucket: each file below it is an object whose key is the file's path.
///
/// **Writes** go to a temporary file beside the object, which is synchronised and then renamed over it; the folder, and
/// those that had to be created, are synchronised after it. Temporary files that a killed process left behind are never
/// listed, and removed by the first write into their folder; they bear `AtomicFile.temporarySuffix`.
///
/// **A missing folder** is `.bucketNotFound` to everything that reads: a misspelt path must not pass for an empty
/// bucket. The first `put` creates it, as Thanos does.
///
/// **Links** to files are objects. Links to folders are not followed by listings, since they may lead in a circle.
///
/// **Deleting** the last object of a folder removes the folder, as Thanos does; the bucket's own folder stays.
public struct FileSystemBucket: Bucket {
  /// The folder, without a slash at its end.
  let root: String
  /// Entries on a page of a listing.
  private let pageSize: Int
  /// In each direction; `nil` for no limit.
  let writing: RateLimit?
  let reading: RateLimit?
  /// Folders that were cleared of what killed writers left.
  let swept = SweptFolders()

  public let location: String
  public let name: String

  /// - Parameters:
  ///   - pageSize: objects and folders on a page of a listing, at least 1.
  ///   - traffic: its rate is kept; files are cheap enough to need no limit of their number.
  public init(directory: String, pageSize: Int = 1000, traffic: Traffic = Traffic()) {
    let trimmed = directory.unicodeScalars.lastIndex { $0 != "/" }.map { String(directory.unicodeScalars[...$0]) }
    root = trimmed ?? (directory.isEmpty ? "." : "/")
    location = "directory \(root)"
    name = "fs: \(root)"
    self.pageSize = max(1, pageSize)
    writing = traffic.bytesPerSecond.map { RateLimit(bytesPerSecond: $0) }
    reading = traffic.bytesPerSecond.map { RateLimit(bytesPerSecond: $0) }
  }

  public var isMadeByFirstWrite: Bool { true }

  public var localFolder: String? { root }

  @discardableResult
  public func createIfMissing() async throws -> Bool {
    try await BlockingPool.shared.run {
      do throws(FileError) {
        if (try? Directory.status(of: root)) != nil { return false }
        try Directory.create(root)
        return true
      } catch {
        throw failure(error, key: nil)
      }
    }
  }

  public func listPage(prefix: String, style: ListingStyle, after token: ListingToken?) async throws -> ListingPage {
    try await BlockingPool.shared.runCancellably { cancellation in
      var walk = FolderWalk(
        root: root, prefix: prefix, style: style, after: token?.value, limit: pageSize, cancellation: cancellation)
      do {
        return try walk.nextPage()
      } catch let error as FileError {
        throw failure(error, key: nil)
      }
    }
  }

  public func attributes(of key: String) async throws -> ObjectAttributes {
    let path = try path(of: key)
    return try await BlockingPool.shared.runCancellably { _ in
      do {
        let status = try Directory.status(of: path)
        guard status.kind == .file else { throw notFound(key) }
        return ObjectAttributes(size: status.size, modified: status.modified, etag: nil)
      } catch let error as FileError {
        throw failure(error, key: key)
      }
    }
  }

  public func delete(_ key: String) async throws {
    let path = try path(of: key)
    try await BlockingPool.shared.runCancellably { _ in
      do throws(FileError) {
        if try Directory.removeFile(path) { return removeEmptyFolders(above: key) }
      } catch {
        // A folder is no object, so there is nothing to delete.
        if !error.isFolder { throw failure(error, key: key) }
      }
      try requireRoot(key)
    }
  }

  private func removeEmptyFolders(above key: String) {
    var segments = key.utf8.split(separator: UInt8(ascii: "/")).map { String(decoding: $0, as: UTF8.self) }
    while segments.count > 1 {
      segments.removeLast()
      guard Directory.removeIfEmpty("\(root)/\(segments.joined(separator: "/"))") else { return }
    }
  }
}

// MARK: Keys and errors

extension FileSystemBucket {
  /// The file that holds an object.
  /// - Throws: `.rejected` for a key that would lead out of the folder, or that a file system cannot hold.
  func path(of key: String) throws(BucketError) -> String {
    guard FolderKey.isValid(key) else {
      throw BucketError(
        .rejected, key: key, in: location,
        "a directory cannot hold this key: none of its parts between slashes may be empty, '.' or '..'"
      )
    }
    guard !FolderKey.isTemporary(key) else {
      throw BucketError(
        .rejected, key: key, in: location, "names that end in \(AtomicFile.temporarySuffix) are reserved")
    }
    return "\(root)/\(key)"
  }

  func notFound(_ key: String) -> BucketError {
    BucketError(.objectNotFound, key: key, in: location, "there is no such object")
  }

  /// - Throws: `.bucketNotFound` if the bucket's folder is not there.
  private func requireRoot(_ key: String?) throws(BucketError) {
    do throws(FileError) {
      guard try Directory.status(of: root).kind == .directory else { throw FileError.notAFolder(root) }
    } catch {
      switch error.code {
      case .notFound, .notADirectory:
        throw BucketError(
          .bucketNotFound, key: key, in: location,
          "there is no such directory; check `directory` in the bucket configuration, or create it for a new bucket",
          cause: error)
      default: throw failure(error, key: key)
      }
    }
  }

  /// A failed system call in the terms of buckets.
  func failure(_ error: FileError, key: String?) -> BucketError {
    func failure(_ code: BucketError.Code, _ hint: String = "") -> BucketError {
      BucketError(code, key: key, in: location, "\(error)\(hint)", cause: error)
    }
    switch error.code {
    case .notFound, .notADirectory:
      do throws(BucketError) {
        try requireRoot(key)
      } catch {
        return error
      }
      return key.map(notFound) ?? failure(.rejected)
    case .permissionDenied: return failure(.accessDenied, "; check the owner and the mode of the file and its folders")
    case .noSpace: return failure(.noSpace, "; free some space, or raise the quota")
    case .endOfFile: return failure(.changed)
    case .other:
      return error.isFolder ? key.map(notFound) ?? failure(.rejected) : failure(.rejected)
    }
  }
}
