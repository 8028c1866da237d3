/// A role that is taken with the token of a Kubernetes service account, which is read anew each time.
struct WebIdentityCredentials: CredentialSource {
  private static let name = "the web identity token"
  private let surroundings: CredentialSurroundings

  init(_ surroundings: CredentialSurroundings) { self.surroundings = surroundings }

  var place: String { "AWS_WEB_IDENTITY_TOKEN_FILE" }

  func find() async throws -> FoundCredentials<S3Credentials>? {
    guard let path = surroundings.variable("AWS_WEB_IDENTITY_TOKEN_FILE") else { return nil }
    guard let arn = surroundings.variable("AWS_ROLE_ARN") else {
      throw CredentialError(
        .misconfigured, Self.name, "AWS_WEB_IDENTITY_TOKEN_FILE is set and AWS_ROLE_ARN is not: set the role as well")
    }
    let role = SecurityTokenService.Role(
      arn: arn, sessionName: surroundings.sessionName(surroundings.variable("AWS_ROLE_SESSION_NAME")))
    return try await Self.take(role, tokenFile: path, region: nil, surroundings)
  }

  /// - Parameter region: of a profile.
  static func take(
    _ role: SecurityTokenService.Role, tokenFile: String, region: String?, _ surroundings: CredentialSurroundings
  ) async throws -> FoundCredentials<S3Credentials> {
    let token = try await surroundings.token(in: tokenFile, of: name)
    let service = try SecurityTokenService(surroundings, region: region, source: name)
    return try await service.assume(role, token: token)
  }
}

extension CredentialSurroundings {
  /// The name under which a role is taken, as AWS' own log shows it.
  func sessionName(_ configured: String?) -> String { configured ?? "blockhaul-\(now())" }
}
