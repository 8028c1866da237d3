/// A place that credentials come from.
protocol CredentialSource<Credentials>: Sendable {
  /// What requests are signed with, or a token that goes with them.
  associatedtype Credentials: Equatable & Sendable

  /// What is looked at, for the line that says that nothing was found.
  var place: String { get }

  /// Looks once, with a time limit of its own.
  /// - Returns: `nil` where this source is not set up here, so that the next one is asked.
  /// - Throws: `CredentialError` where it is set up and does not work, `CancellationError`.
  func find() async throws -> FoundCredentials<Credentials>?
}

/// Credentials, where they are from, and how long they last.
struct FoundCredentials<Credentials: Equatable & Sendable>: Equatable, Sendable {
  var credentials: Credentials
  /// Milliseconds since 1970; `nil` for those that do not expire, or do not say.
  var expires: Int64?
  /// In words: `the role app of the instance`.
  var source: String
  /// Whether they stand in the bucket's configuration itself.
  var areConfigured = false
}

/// A source of credentials that is set up and does not work, in one line that says what to do.
struct CredentialError: Error, Sendable, CustomStringConvertible {
  enum Code: Equatable, Sendable {
    /// A file, a variable or a profile is wrong.
    case misconfigured
    /// It says no.
    case refused
    /// It does not answer in time.
    case unreachable
    case expired
    /// No source has any.
    case notFound
  }

  let code: Code
  let source: String
  /// The reason and the way out, without secrets.
  let reason: String
  let cause: (any Error)?

  init(_ code: Code, _ source: String, _ reason: String, cause: (any Error)? = nil) {
    self.code = code
    self.source = source
    self.reason = reason
    self.cause = cause
  }

  var description: String {
    code == .notFound ? "no credentials: \(reason)" : "credentials from \(source): \(reason)"
  }
}
