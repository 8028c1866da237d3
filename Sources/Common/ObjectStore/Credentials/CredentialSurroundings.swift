import HTTP
import Platform

/// What the sources of credentials see of the machine and of the configuration; tests give their own.
struct CredentialSurroundings: Sendable {
  var environment: @Sendable (String) -> String?
  /// The bucket's, `""` where unknown.
  var region = ""
  /// `sts_endpoint`: `""` for AWS' own.
  var stsEndpoint = ""
  /// Certificate authorities for an STS of one's own.
  var tls = TLSConfiguration()
  /// Milliseconds since 1970.
  var now: @Sendable () -> Int64 = { WallClock.milliseconds }
  /// How long a program (`credential_process`) may run.
  var programTimeLimit = Duration.seconds(60)
  /// How long one answer of a metadata service may take.
  var metadataTimeLimit = Duration.seconds(1)

  init(environment: @escaping @Sendable (String) -> String?) { self.environment = environment }

  init(_ configuration: S3Configuration, regionInHost: String?, environment: @escaping @Sendable (String) -> String?) {
    self.environment = environment
    region = configuration.region.isEmpty ? regionInHost ?? "" : configuration.region
    stsEndpoint = configuration.stsEndpoint
    // An STS of one's own tends to have the store's authority; AWS' has a public one.
    if !stsEndpoint.isEmpty { tls.caFile = configuration.http.tls.caFile }
  }

  /// The value of the first of the variables that is set and not empty.
  func variable(_ names: String...) -> String? { names.compactMap(environment).first { !$0.isEmpty } }

  /// The region that requests to STS are for.
  var stsRegion: String? { variable("AWS_REGION", "AWS_DEFAULT_REGION") ?? (region.isEmpty ? nil : region) }

  /// A small file, read anew each time: tokens and keys change under way.
  /// - Throws: `FileError`.
  func read(_ path: String) async throws(FileError) -> [UInt8] {
    try await BlockingPool.shared.run { () throws(FileError) in try OpenFile(path).readAll(limit: 1 << 20) }
  }

  /// A file that holds a token and nothing else.
  func token(in path: String, of source: String) async throws(CredentialError) -> Secret {
    let bytes: [UInt8]
    do {
      bytes = try await read(path)
    } catch {
      throw CredentialError(.misconfigured, source, "\(error): check the path and who may read it", cause: error)
    }
    let text = String(decoding: bytes, as: UTF8.self).drop { $0.isWhitespace }
    let end = text.lastIndex { !$0.isWhitespace }.map(text.index(after:)) ?? text.startIndex
    guard end > text.startIndex else { throw CredentialError(.misconfigured, source, "\(path) holds no token") }
    return Secret(String(text[..<end]))
  }
}
