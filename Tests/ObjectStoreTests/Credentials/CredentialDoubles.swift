import Fixtures
import HTTP
import Platform
import Synchronization

@testable import ObjectStore

/// A home folder with shared files, and an environment that leads to it and to no service of this machine.
final class CredentialHome: Sendable {
  let folder: TemporaryFolder

  init(credentials: String? = nil, config: String? = nil) throws {
    folder = try TemporaryFolder()
    try Directory.create("\(folder.path)/.aws")
    if let credentials { try write(credentials, to: ".aws/credentials") }
    if let config { try write(config, to: ".aws/config") }
  }

  func path(_ name: String) -> String { "\(folder.path)/\(name)" }

  func write(_ text: String, to name: String) throws { try AtomicFile.write(Array(text.utf8), to: path(name)) }

  func surroundings(
    _ environment: [String: String] = [:], sts: ScriptedServer? = nil, region: String = ""
  ) -> CredentialSurroundings {
    let own = ["HOME": folder.path, "AWS_EC2_METADATA_DISABLED": "true"].merging(environment) { _, new in new }
    var surroundings = CredentialSurroundings { own[$0] }
    surroundings.region = region
    if let sts { surroundings.stsEndpoint = "http://127.0.0.1:\(sts.port)" }
    return surroundings
  }
}

/// The parameters of a form, decoded.
func form(_ request: ScriptedServer.Request) -> [String: String] {
  var values: [String: String] = [:]
  for pair in String(decoding: request.body, as: UTF8.self).split(separator: "&") {
    let halves = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    values[halves[0]] = halves.count == 2 ? PercentEncoding.decodeForm(halves[1]) : ""
  }
  return values
}

extension [ScriptedServer.Step] {
  /// What STS answers: keys whose names begin with `prefix`.
  static func role(_ action: String, _ prefix: String, expires: String = "2099-01-31T12:00:00Z") -> Self {
    response(
      200, [("Content-Type", "text/xml")],
      """
      <\(action)Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><\(action)Result><Credentials>
      <AccessKeyId>\(prefix)-id</AccessKeyId><SecretAccessKey>\(prefix)-secret</SecretAccessKey>
      <SessionToken>\(prefix)-token</SessionToken><Expiration>\(expires)</Expiration>
      </Credentials></\(action)Result></\(action)Response>
      """)
  }

  static func stsError(_ status: Int, _ code: String, _ message: String) -> Self {
    response(
      status, [],
      "<ErrorResponse><Error><Type>Sender</Type><Code>\(code)</Code><Message>\(message)</Message></Error></ErrorResponse>"
    )
  }
}

/// The JSON of metadata services.
func credentialJSON(_ prefix: String, expires: String = "2099-01-31T12:00:00Z") -> String {
  """
  {"Code": "Success", "AccessKeyId": "\(prefix)-id", "SecretAccessKey": "\(prefix)-secret", "Token": "\(prefix)-token",
   "Expiration": "\(expires)"}
  """
}

extension S3Credentials {
  /// Those that the doubles give under a name.
  static func named(_ prefix: String) -> S3Credentials {
    S3Credentials(
      accessKey: "\(prefix)-id", secretKey: Secret("\(prefix)-secret"), sessionToken: Secret("\(prefix)-token"))
  }
}

/// What a source throws.
func credentialError(_ source: some CredentialSource) async -> CredentialError? {
  do {
    _ = try await source.find()
    return nil
  } catch {
    return error as? CredentialError
  }
}
