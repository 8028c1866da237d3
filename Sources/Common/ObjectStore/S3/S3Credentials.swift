/// Who a request is signed as.
struct S3Credentials: Equatable, Sendable {
  var accessKey: String
  var secretKey: Secret
  /// Of temporary credentials.
  var sessionToken: Secret?
}

extension S3Credentials {
  /// The static keys of the configuration, else those of the environment.
  ///
  /// - Parameter environment: gives a variable's value.
  /// - Returns: `nil` when there are none: requests then go out unsigned, as public buckets allow.
  static func find(
    _ configuration: S3Configuration, environment: (String) -> String?
  ) -> S3Credentials? {
    if !configuration.accessKey.isEmpty {
      return S3Credentials(
        accessKey: configuration.accessKey, secretKey: configuration.secretKey,
        sessionToken: configuration.sessionToken.isEmpty ? nil : configuration.sessionToken)
    }
    func variable(_ names: String...) -> String? {
      names.compactMap(environment).first { !$0.isEmpty }
    }
    guard let key = variable("AWS_ACCESS_KEY_ID", "AWS_ACCESS_KEY"),
      let secret = variable("AWS_SECRET_ACCESS_KEY", "AWS_SECRET_KEY")
    else { return nil }
    return S3Credentials(
      accessKey: key, secretKey: Secret(secret), sessionToken: variable("AWS_SESSION_TOKEN").map { Secret($0) })
  }

  /// Sources of credentials that Thanos would go on to and this version does not read yet: named in the error of a
  /// refused unsigned request.
  static func unreadSources(environment: (String) -> String?) -> [String] {
    [
      "AWS_PROFILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_WEB_IDENTITY_TOKEN_FILE",
      "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    ].filter { environment($0).map { !$0.isEmpty } ?? false }
  }
}
