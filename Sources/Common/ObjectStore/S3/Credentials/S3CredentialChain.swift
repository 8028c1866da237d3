/// Asks sources in turn; the first that has credentials counts.
struct S3CredentialChain: CredentialSource {
  var sources: [any CredentialSource<S3Credentials>]

  var place: String { sources.map(\.place).joined(separator: "; ") }

  func find() async throws -> FoundCredentials<S3Credentials>? {
    for source in sources {
      if let found = try await source.find() { return found }
    }
    return nil
  }
}

extension S3CredentialChain {
  /// The sources of a configuration in Thanos' order: the keys of the configuration alone where there are any, else
  /// what minio-go looks at, else (`aws_sdk_auth`) AWS' own SDK, which prefers a web identity to the shared files.
  init(_ configuration: S3Configuration, _ surroundings: CredentialSurroundings) {
    guard configuration.accessKey.isEmpty else {
      sources = [ConfiguredCredentials(configuration)]
      return
    }
    let environment = EnvironmentCredentials(surroundings)
    let shared = ProfileCredentials(surroundings)
    let web = WebIdentityCredentials(surroundings)
    let machine: [any CredentialSource<S3Credentials>] = [ContainerCredentials(surroundings), InstanceCredentials(surroundings)]
    sources = (configuration.awsSDKAuth ? [environment, web, shared] : [environment, shared, web]) + machine
  }
}
