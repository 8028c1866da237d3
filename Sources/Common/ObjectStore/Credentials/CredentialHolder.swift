import Logging
import Synchronization

/// Holds the credentials of a bucket and renews them before they expire.
///
/// However many requests ask, the source is asked once at a time. Those that come in the last minutes of the
/// credentials start the renewal and do not wait for it; where it fails, the old ones are good for as long as they last.
final class CredentialHolder<Credentials: Equatable & Sendable>: Sendable {
  /// How long before their end credentials are renewed, in milliseconds: five minutes, as AWS' own clients do, and for
  /// short-lived ones a quarter of their life.
  private static var margin: Int64 { 300_000 }
  /// Between a renewal that failed and the next while the old credentials last. Milliseconds.
  private static var pause: Int64 { 30_000 }

  private let source: any CredentialSource<Credentials>
  /// Whether requests go out unsigned where there are no credentials, as minio-go has it and public buckets allow.
  private let allowsAnonymous: Bool
  private let configurationKey: String
  private let now: @Sendable () -> Int64
  private let logger: Logger
  private let state = Mutex(State())

  private struct State {
    var held: Held?
    var isRenewing = false
    /// Before this, no renewal is tried while the credentials last.
    var earliest: Int64 = 0
    var waiters: [UInt64: CheckedContinuation<Credentials?, any Error>] = [:]
    var lastID: UInt64 = 0
  }

  private enum Held {
    case anonymous
    case credentials(FoundCredentials<Credentials>, renewal: Int64)
  }

  /// - Parameters:
  ///   - configurationKey: where credentials can be given in the bucket's configuration.
  ///   - now: milliseconds since 1970.
  init(
    _ source: any CredentialSource<Credentials>, allowsAnonymous: Bool, configurationKey: String,
    now: @escaping @Sendable () -> Int64, logger: Logger
  ) {
    self.source = source
    self.allowsAnonymous = allowsAnonymous
    self.configurationKey = configurationKey
    self.now = now
    self.logger = logger
  }

  /// Where credentials were looked for, if there are none and requests go out unsigned.
  var fruitlessPlaces: String? {
    state.withLock { state in
      if case .anonymous? = state.held { source.place } else { nil }
    }
  }

  /// Whether the source is being asked.
  var isRenewing: Bool { state.withLock { $0.isRenewing } }

  /// The credentials to sign with now.
  /// - Returns: `nil` where there are none and requests go out unsigned.
  /// - Throws: `CredentialError`, `CancellationError`.
  func current() async throws -> Credentials? {
    let now = now()
    let (known, starts) = state.withLock { state -> (Credentials??, Bool) in
      switch state.held {
      case nil: return (nil, false)
      case .anonymous?: return (.some(nil), false)
      case .credentials(let found, let renewal)?:
        guard let expires = found.expires, now >= renewal else { return (found.credentials, false) }
        guard now < expires else { return (nil, false) }
        let starts = !state.isRenewing && now >= state.earliest
        if starts { state.isRenewing = true }
        return (found.credentials, starts)
      }
    }
    if starts { startRenewal() }
    if let known { return known }
    return try await renewal()
  }

  /// Other credentials in the place of those that a store takes for expired.
  /// - Returns: `nil` where the source has no others.
  func replacement(of refused: Credentials) async throws -> Credentials? {
    let other = state.withLock { state -> Credentials? in
      guard case .credentials(let found, _)? = state.held, found.credentials != refused else { return nil }
      return found.credentials
    }
    if let other { return other }
    let renewed = try await renewal()
    return renewed == refused ? nil : renewed
  }

  // MARK: Renewal

  /// Starts a renewal, if none is under way, and waits for its result.
  private func renewal() async throws -> Credentials? {
    let id = state.withLock { state in
      state.lastID += 1
      return state.lastID
    }
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let starts = state.withLock { state -> Bool? in
          // A cancellation that came before found nobody to remove.
          if Task.isCancelled { return nil }
          state.waiters[id] = continuation
          defer { state.isRenewing = true }
          return !state.isRenewing
        }
        guard let starts else { return continuation.resume(throwing: CancellationError()) }
        if starts { startRenewal() }
      }
    } onCancel: {
      state.withLock { $0.waiters.removeValue(forKey: id) }?.resume(throwing: CancellationError())
    }
  }

  /// In a task of its own, since it is for all that wait and not for the one that came first.
  private func startRenewal() {
    Task { [self] in
      let result: Result<FoundCredentials<Credentials>?, any Error>
      do {
        result = .success(try await find())
      } catch {
        result = .failure(error)
      }
      settle(result)
    }
  }

  private func find() async throws -> FoundCredentials<Credentials>? {
    guard let found = try await source.find() else {
      if allowsAnonymous { return nil }
      throw CredentialError(
        .notFound, "the chain", "looked at: \(source.place); set up one of them, or `\(configurationKey)`")
    }
    if let expires = found.expires, expires <= now() {
      throw CredentialError(
        .expired, found.source, "they have expired already: renew them at their source, or set this machine's clock")
    }
    return found
  }

  private func settle(_ result: Result<FoundCredentials<Credentials>?, any Error>) {
    let now = now()
    let (waiters, outcome, fallback) = state.withLock { state in
      state.isRenewing = false
      let waiters = state.waiters
      state.waiters = [:]
      var outcome = result.map { $0?.credentials }
      var fallback: Int64?
      switch (result, state.held) {
      case (.success(let found?), _):
        state.held = .credentials(found, renewal: Self.renewal(of: found, from: now))
        state.earliest = 0
      case (.success(nil), .credentials(let found, _)?):
        // Where there were some, requests do not begin to go out unsigned.
        outcome = .failure(CredentialError(.misconfigured, found.source, "they are gone: set them up again"))
        state.earliest = now &+ Self.pause
        fallback = found.expires
      case (.success(nil), _): state.held = .anonymous
      case (.failure, .credentials(let found, _)?):
        state.earliest = now &+ Self.pause
        fallback = found.expires
      case (.failure, _): break
      }
      return (waiters, outcome, fallback)
    }
    switch (result, outcome) {
    case (.success(let found?), _):
      // Those of the configuration are no news.
      if !found.areConfigured { logger.debug("credentials from \(found.source)") }
    case (_, .failure(let error)):
      if let fallback, now < fallback {
        logger.warning(
          "\(error); the old ones last for \((fallback - now) / 60_000) minutes more, and it is tried again meanwhile")
      }
    default: logger.debug("no credentials, requests go out unsigned; looked at: \(source.place)")
    }
    for waiter in waiters.values { waiter.resume(with: outcome) }
  }

  /// When credentials are to be renewed that came at `now`.
  private static func renewal(of found: FoundCredentials<Credentials>, from now: Int64) -> Int64 {
    guard let expires = found.expires else { return .max }
    return expires &- min(margin, (expires &- now) / 4)
  }
}
