/// `access_key`, `secret_key` and `session_token` of the configuration.
struct ConfiguredCredentials: CredentialSource {
  let credentials: S3Credentials

  init(_ configuration: S3Configuration) {
    credentials = S3Credentials(
      accessKey: configuration.accessKey, secretKey: configuration.secretKey,
      sessionToken: configuration.sessionToken.isEmpty ? nil : configuration.sessionToken)
  }

  var place: String { "`access_key`" }

  func find() -> FoundCredentials<S3Credentials>? {
    FoundCredentials(credentials: credentials, source: "the configuration", areConfigured: true)
  }
}
