/// `access_key`, `secret_key` and `session_token` of the configuration.
struct ConfiguredCredentials: S3CredentialSource {
  static let name = "the configuration"
  let credentials: S3Credentials

  init(_ configuration: S3Configuration) {
    credentials = S3Credentials(
      accessKey: configuration.accessKey, secretKey: configuration.secretKey,
      sessionToken: configuration.sessionToken.isEmpty ? nil : configuration.sessionToken)
  }

  var place: String { "`access_key`" }

  func find() -> S3FoundCredentials? { S3FoundCredentials(credentials: credentials, source: Self.name) }
}
