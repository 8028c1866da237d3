/// The keys in the environment, under AWS' names and the older ones that minio-go knows.
struct EnvironmentCredentials: CredentialSource {
  private let surroundings: CredentialSurroundings

  init(_ surroundings: CredentialSurroundings) { self.surroundings = surroundings }

  var place: String { "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY" }

  func find() -> FoundCredentials<S3Credentials>? {
    guard let key = surroundings.variable("AWS_ACCESS_KEY_ID", "AWS_ACCESS_KEY"),
      let secret = surroundings.variable("AWS_SECRET_ACCESS_KEY", "AWS_SECRET_KEY")
    else { return nil }
    let token = surroundings.variable("AWS_SESSION_TOKEN").map { Secret($0) }
    return FoundCredentials(
      credentials: S3Credentials(accessKey: key, secretKey: Secret(secret), sessionToken: token),
      source: "the environment")
  }
}
