public import ObjectStore
public import Testing

/// What every bucket must do, whatever holds it: run each check against each provider with an empty bucket of its own.
///
///     @Test("a bucket keeps its promises", arguments: BucketAcceptance.checks)
///     func keeps(_ check: BucketAcceptance.Check) async throws { try await check.run(on: anEmptyBucket()) }
public enum BucketAcceptance {
  /// One promise and how it is tried. Failures are recorded as issues of the running test.
  public struct Check: Sendable, CustomTestStringConvertible {
    /// The promise in words.
    public let promise: String
    private let body: @Sendable (any Bucket, Store) async throws -> Void

    public var testDescription: String { promise }

    init(promise: String, _ body: @escaping @Sendable (any Bucket) async throws -> Void) {
      self.promise = promise
      self.body = { bucket, _ in try await body(bucket) }
    }

    /// A promise of which some stores keep less.
    init(promise: String, dependingOnStore body: @escaping @Sendable (any Bucket, Store) async throws -> Void) {
      self.promise = promise
      self.body = body
    }

    /// - Parameters:
    ///   - bucket: empty, and nobody else's.
    ///   - store: what is behind it.
    public func run(on bucket: any Bucket, of store: Store = Store()) async throws { try await body(bucket, store) }
  }

  /// Where a store keeps less than most do: what is promised of it then is still checked.
  public struct Store: Sendable {
    /// Listings come in the order of the keys' bytes, not folder by folder.
    public var listsByBytes = true
    /// A backslash in a key stays one, and does not become a slash.
    public var keepsBackslashes = true
    /// A folder is no longer listed when its last object is gone, not some time later.
    public var forgetsEmptyFolders = true

    public init() {}
  }

  public static let checks = 
    contentChecks + uploadChecks + keyChecks + listingChecks + absenceChecks + failureChecks
}

extension Bucket {
  /// The keys of a listing's objects.
  func keys(_ prefix: String = "", _ style: ListingStyle = .recursive) async throws -> [String] {
    try await list(prefix: prefix, style: style).objects.map(\.key)
  }

  func put(_ keys: [String]) async throws {
    for key in keys { try await put(key, .bytes(Array(key.utf8))) }
  }

  /// What arrives of an object, and in how many pieces.
  func received(_ key: String, range: Range<UInt64>? = nil) async throws -> [UInt8] {
    let received = Received()
    try await get(key, range: range) { await received.append($0) }
    return await received.bytes
  }
}

/// Bytes as they arrive.
actor Received {
  private(set) var bytes: [UInt8] = []
  func append(_ more: [UInt8]) { bytes += more }
}

/// Bytes that no two offsets share for long, so that a misplaced window shows.
func pattern(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
  var state = seed
  return (0..<count).map { _ in
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return UInt8(truncatingIfNeeded: state >> 56)
  }
}

/// Two lists of keys compared by their bytes: to `==`, two keys that differ in them can be equal.
func areEqual(_ left: [String], _ right: [String]) -> Bool {
  left.map { Array($0.utf8) } == right.map { Array($0.utf8) }
}

func code(of body: () async throws -> Void) async -> BucketError.Code? {
  do {
    try await body()
    return nil
  } catch {
    return (error as? BucketError)?.code
  }
}
