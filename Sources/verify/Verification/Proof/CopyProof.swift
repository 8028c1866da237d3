import ObjectStore
import Platform

/// Proves that an object holds the very bytes of a local file, by the cheapest evidence that the store gives: the ETag
/// of an object in one piece, which costs no request; of one in parts the checksum of the whole, which is computed
/// several times faster than an ETag's MD5s and leaves no doubt about the parts; then the other of the two, and then
/// the object itself.
struct CopyProof: Sendable {
  let bucket: any Bucket
  let key: String
  let file: OpenFile
  /// As the listing has it, of the file's size.
  let listed: ObjectAttributes
  /// Whether the object may be read.
  let downloads: Bool

  enum Outcome: Sendable {
    /// - Parameter sha256: of the bytes, where they were read.
    case equal(FileReport.Evidence, sha256: String?)
    /// - Parameter offset: of the first byte that differs, where the object was read.
    case differs(offset: UInt64?, String)
    /// Nothing that may be asked for tells.
    case unknown(String)
  }

  /// - Throws: `BucketError`, `FileError`, `CancellationError`.
  func run() async throws -> Outcome {
    if isInParts {
      let stored = try await compareStored()
      if case .equal = stored { return .equal(.storedChecksum, sha256: nil) }
      if case .differs = stored { return try await settle(.silent, stored) }
      let etag = try await compareETag()
      return try await settle(etag, stored)
    }
    let etag = try await compareETag()
    if case .equal = etag { return .equal(.etag, sha256: nil) }
    return try await settle(etag, try await compareStored())
  }

  private var isInParts: Bool {
    if case .parts(let count) = listed.etag.flatMap(ContentETag.init) { count > 1 } else { false }
  }

  private func settle(_ etag: ETagComparison, _ stored: StoredComparison) async throws -> Outcome {
    if case .equal = etag { return .equal(.etag, sha256: nil) }
    switch stored {
    case .equal: return .equal(.storedChecksum, sha256: nil)
    case .differs(let reason): return downloads ? try await read() : .differs(offset: nil, reason)
    // Reading will tell whether that is forbidden too.
    case .refused(let error): if downloads, error.code == .accessDenied { return try await read() } else { throw error }
    case .silent(let etagMayBeChecksum):
      // An ETag that contradicts may be none of the content's (some stores' only look like it): the bytes have the last
      // word where they may be asked for.
      if downloads { return try await read() }
      if case .differs(let reason) = etag, etagMayBeChecksum { return .differs(offset: nil, reason) }
      let encrypted = "the store encrypts it, and keeps no checksum of the whole object"
      return .unknown(etagMayBeChecksum ? reason(etag) : encrypted)
    }
  }

  private func read() async throws -> Outcome {
    switch try await ObjectComparison(bucket: bucket, key: key, file: file).run() {
    case .equal(let sha256): .equal(.read, sha256: sha256)
    case .differs(let offset): .differs(offset: offset, "the first byte that differs from the local file")
    }
  }

  // MARK: ETag

  private enum ETagComparison {
    case equal
    /// Certainly another, if the store's ETags are checksums.
    case differs(String)
    /// There is none, or it cannot be told from what parts it is.
    case silent
  }

  private func reason(_ etag: ETagComparison) -> String {
    if case .silent = etag, listed.etag.flatMap(ContentETag.init) != nil {
      return "in what parts it was written is not known, and the store keeps no checksum of the whole object"
    }
    return "the store keeps no checksum of it"
  }

  private func compareETag() async throws -> ETagComparison {
    guard let etag = listed.etag?.lowercased(), let form = ContentETag(etag) else { return .silent }
    switch form {
    case .whole: return try await compare(etag, partSize: nil)
    // A single part holds everything.
    case .parts(1): return try await compare(etag, partSize: max(1, file.size))
    case .parts(let count): return try await search(etag, count)
    }
  }

  private func compare(_ etag: String, partSize: UInt64?) async throws -> ETagComparison {
    let own = try await ContentETag.of(file, partSize: partSize)
    return own == etag ? .equal : .differs("its ETag is \(etag), the local file's in the same parts \(own)")
  }

  /// Tries the part sizes that give so many parts: first the likeliest one, then what the store says, then the rest.
  private func search(_ etag: String, _ count: Int) async throws -> ETagComparison {
    var sizes = ContentETag.partSizes(of: file.size, in: count, likely: bucket.partSizeOfPut(size: file.size))
    guard let likeliest = sizes.first, file.size > 0 else { return .silent }
    sizes.removeFirst()
    let first = try await compare(etag, partSize: likeliest)
    if case .equal = first { return .equal }
    if let told = try await toldPartSize(), (file.size - 1) / told + 1 == UInt64(count) {
      // What the store knows for certain leaves nothing to search.
      return told == likeliest ? first : try await compare(etag, partSize: told)
    }
    for size in sizes {
      if case .equal = try await compare(etag, partSize: size) { return .equal }
    }
    return .silent
  }

  /// A store that may not be asked is as good as one that does not tell.
  private func toldPartSize() async throws -> UInt64? {
    do {
      return try await bucket.partSize(of: key).flatMap { $0 > 0 ? $0 : nil }
    } catch is BucketError {
      return nil
    }
  }

  // MARK: Checksum of the whole object

  private enum StoredComparison {
    case equal
    case differs(String)
    case silent(etagMayBeChecksum: Bool)
    /// Asking failed, which the ETag may make up for.
    case refused(BucketError)
  }

  private func compareStored() async throws -> StoredComparison {
    let evidence: ObjectEvidence
    do {
      evidence = try await bucket.evidence(of: key)
    } catch let error as BucketError where error.code != .objectNotFound {
      return .refused(error)
    }
    guard let checksum = evidence.attributes.checksum, evidence.attributes.size == file.size,
      let own = try await ObjectChecksum.of(file, by: checksum.algorithm)
    else { return .silent(etagMayBeChecksum: evidence.etagMayBeChecksum) }
    if own == checksum { return .equal }
    return .differs("the store keeps \(checksum.algorithm) \(checksum.value) of it, the local file has \(own.value)")
  }
}
