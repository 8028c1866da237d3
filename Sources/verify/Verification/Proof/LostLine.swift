import ObjectStore

/// A bucket that is no longer asked once it has stopped answering. Every request is repeated for minutes before it is
/// given up; with thousands of blocks left, a store that is gone would keep a run busy for days to say of each that it
/// could not be looked at.
///
/// Two things tell: requests that fail one after the other, and silence, for which also those under way are broken off:
/// a store that takes connections and drops them keeps each busy for as long as its own patience lasts.
struct LostLine: Bucket {
  /// Requests that failed one after the other, none of which was answered in between.
  private static let attempts = 16
  /// Somewhat longer than a request by itself is repeated, so that one object that a store cannot give does not end the
  /// run: the one after it is asked for.
  static let patience = Duration.seconds(360)

  private let base: any Bucket
  private let patience: Duration
  private let clock: any Clock<Duration>
  private let silence: Silence

  /// - Parameter patience: how long requests may be under way without any sign of life.
  init(_ base: any Bucket, patience: Duration = Self.patience, clock: any Clock<Duration> = .continuous) {
    self.base = base
    self.patience = patience
    self.clock = clock
    silence = Silence(clock)
  }

  var location: String { base.location }
  var name: String { base.name }
  var isMadeByFirstWrite: Bool { base.isMadeByFirstWrite }

  private func lost(_ key: String?) -> BucketError? {
    if silence.failures >= Self.attempts {
      return BucketError(
        .unavailable, key: key, in: location,
        "not tried: the \(Self.attempts) requests before it failed, one after the other; run again when it answers")
    }
    guard silence.length >= patience else { return nil }
    return BucketError(
      .unavailable, key: key, in: location,
      "given up: for \(patience.components.seconds) s nothing was answered any more; run again when it answers")
  }

  private func watched<Value: Sendable>(
    _ key: String?, _ body: @escaping @Sendable () async throws -> Value
  ) async throws -> Value {
    if let lost = lost(key) { throw lost }
    silence.begin()
    defer { silence.end() }
    do {
      let value = try await timed(key, body)
      silence.break()
      return value
    } catch let error as BucketError {
      // Only what the network or the store is at fault for counts.
      switch error.code {
      case .unavailable, .unreachable: silence.fail()
      default: silence.break()
      }
      throw error
    }
  }

  /// Ends a request when the silence has lasted too long.
  private func timed<Value: Sendable>(
    _ key: String?, _ body: @escaping @Sendable () async throws -> Value
  ) async throws -> Value {
    try await withThrowingTaskGroup(of: Value?.self) { group in
      group.addTask { try await body() }
      group.addTask {
        while true {
          let left = patience - silence.length
          if left <= .zero, let lost = lost(key) { throw lost }
          try await clock.sleep(for: max(left, .milliseconds(1)))
        }
      }
      defer { group.cancelAll() }
      while let value = try await group.next() {
        if let value { return value }
      }
      throw CancellationError()
    }
  }

  func listPage(prefix: String, style: ListingStyle, after token: ListingToken?) async throws -> ListingPage {
    try await watched(nil) { try await base.listPage(prefix: prefix, style: style, after: token) }
  }

  func attributes(of key: String) async throws -> ObjectAttributes {
    try await watched(key) { try await base.attributes(of: key) }
  }

  func evidence(of key: String) async throws -> ObjectEvidence {
    try await watched(key) { try await base.evidence(of: key) }
  }

  func partSize(of key: String) async throws -> UInt64? {
    try await watched(key) { try await base.partSize(of: key) }
  }

  func partSizeOfPut(size: UInt64) -> UInt64? { base.partSizeOfPut(size: size) }

  @discardableResult
  func get(
    _ key: String, range: Range<UInt64>?, receive: @escaping @Sendable ([UInt8]) async throws -> Void
  ) async throws -> ObjectAttributes {
    try await watched(key) { [base, silence] in
      try await base.get(key, range: range) { bytes in
        silence.break()
        try await receive(bytes)
      }
    }
  }

  @discardableResult
  func put(_ key: String, _ content: ObjectContent, _ options: PutOptions) async throws -> PutReceipt {
    try await watched(key) { try await base.put(key, content, options) }
  }

  func expectedETag(of content: ObjectContent) async throws -> String? { try await base.expectedETag(of: content) }

  func abandon(_ key: String, _ upload: UnfinishedUpload) async throws {
    try await watched(key) { try await base.abandon(key, upload) }
  }

  func delete(_ key: String) async throws { try await watched(key) { try await base.delete(key) } }
}
