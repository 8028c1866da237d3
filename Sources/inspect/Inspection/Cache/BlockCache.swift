public import ObjectStore
public import Platform
public import TSDB
import Thanos

/// A piece of every block of a bucket as earlier runs have read it, so that a run asks only for what is new.
///
/// One file a bucket and kind of piece. It only ever spares requests: one that is missing, damaged, of another version or of another bucket
/// is none, and where it cannot be written the next run is slower.
public struct BlockCache: Sendable {
  /// What of a block is kept.
  public enum Content: String, Sendable {
    case meta
    /// The table of contents in the last bytes of the index.
    case indexEnd = "index-end"
  }

  private let content: Content
  /// The bucket with its endpoint and prefix.
  private let location: String
  private let path: String

  /// Larger pieces are left out, bytes: they belong to no meta.json that there is a thousand of.
  private static let entryLimit = 1 << 20

  /// A version of an object as a listing tells it from others.
  public struct Version: Equatable, Sendable {
    let size: UInt64
    let etag: String?
    /// Milliseconds since 1970; counts where there is no ETag.
    let modified: Int64?

    /// - Returns: `nil` where a listing says too little to tell versions apart.
    public init?(_ attributes: ObjectAttributes) {
      guard attributes.etag?.isEmpty == false || attributes.modified != nil else { return nil }
      let etag = attributes.etag.flatMap { $0.isEmpty ? nil : $0 }
      self.init(size: attributes.size, etag: etag, modified: etag == nil ? attributes.modified : nil)
    }

    init(size: UInt64, etag: String?, modified: Int64?) {
      self.size = size
      self.etag = etag
      self.modified = modified
    }

    /// Whether a download was of this version. Its time has no fraction of a second.
    func fits(_ attributes: ObjectAttributes) -> Bool {
      if let etag { return attributes.etag == etag && attributes.size == size }
      return attributes.size == size && attributes.modified.map { $0 / 1000 } == modified.map { $0 / 1000 }
    }
  }

  /// A piece and the version of the object that it is of.
  public struct Entry: Equatable, Sendable {
    public let version: Version
    public let bytes: [UInt8]

    /// - Returns: `nil` for what was of another version than the one that was listed, as it may have come in between.
    public init?(_ version: Version, _ bytes: [UInt8], asReadFrom attributes: ObjectAttributes) {
      guard version.fits(attributes) else { return nil }
      self.init(version: version, bytes: bytes)
    }

    init(version: Version, bytes: [UInt8]) { (self.version, self.bytes) = (version, bytes) }
  }

  /// - Parameter folder: where the caches of all buckets lie.
  /// - Returns: `nil` for a bucket on this machine, which is as quick to read as its cache.
  public init?(_ content: Content, of bucket: any Bucket, in folder: String) {
    guard bucket.localFolder == nil else { return nil }
    self.content = content
    location = bucket.location
    path = "\(folder)/\(content.rawValue)/\(SHA256Hex.hash(of: location).prefix(32))"
  }

  /// `$XDG_CACHE_HOME/blockhaul`, or what the XDG Base Directory Specification puts in its place; `nil` without a
  /// home.
  public static func usualFolder(environment: (String) -> String? = Environment.value) -> String? {
    // The specification has relative paths ignored.
    if let cache = environment("XDG_CACHE_HOME"), cache.hasPrefix("/") { return "\(cache)/blockhaul" }
    guard let home = environment("HOME"), home.hasPrefix("/") else { return nil }
    return "\(home)/.cache/blockhaul"
  }

  public func entries() async -> [ULID: Entry] {
    await BlockingPool.shared.run {
      guard let bytes = try? OpenFile(path).readAll(limit: BlockCacheFile.sizeLimit) else { return [:] }
      return BlockCacheFile.entries(parsing: bytes, content, location: location) ?? [:]
    }
  }

  /// Writes what is known now, if that is anything else than before.
  /// - Parameters:
  ///   - entries: what this run has read or found as it was.
  ///   - areAll: whether all blocks were looked for; where not, what is known of the others stays.
  public func keep(_ entries: [ULID: Entry], over known: [ULID: Entry], areAll: Bool) async {
    var result = entries.filter { $0.value.bytes.count <= Self.entryLimit }
    if !areAll { result.merge(known) { now, _ in now } }
    guard result != known else { return }
    let bytes = BlockCacheFile.bytes(of: result, content, location: location)
    await BlockingPool.shared.run {
      try? Directory.create(AtomicFile.folder(of: path))
      try? write(bytes)
    }
  }

  private func write(_ bytes: [UInt8]) throws(FileError) {
    let file = try AtomicFile(path)
    // Labels and names of a bucket are nobody else's business.
    try file.setPermissions(0o600)
    try unsafe file.write(bytes.span.bytes)
    try file.commit()
  }
}
