import Platform

/// A profile of the shared files: keys, a program, or a role that is taken with another profile's credentials.
struct ProfileCredentials: CredentialSource {
  private let surroundings: CredentialSurroundings

  init(_ surroundings: CredentialSurroundings) { self.surroundings = surroundings }

  private var profile: String? { surroundings.variable("AWS_PROFILE", "AWS_DEFAULT_PROFILE") }

  private func path(_ variable: String, _ name: String) -> String? {
    if let path = surroundings.variable(variable) { return path }
    return surroundings.variable("HOME").map { "\($0)/.aws/\(name)" }
  }

  private var paths: [(path: String, kind: ProfileFile.Kind)] {
    [
      path("AWS_SHARED_CREDENTIALS_FILE", "credentials").map { ($0, .credentials) },
      path("AWS_CONFIG_FILE", "config").map { ($0, .config) },
    ].compactMap { $0 }
  }

  var place: String {
    let files = paths.map(\.path).joined(separator: " and ")
    return files.isEmpty ? "no shared files (HOME is not set)" : "profile \(profile ?? "default") of \(files)"
  }

  func find() async throws -> FoundCredentials<S3Credentials>? {
    let profiles = try await profiles()
    let name = profile ?? "default"
    guard profiles[name] != nil else {
      guard profile != nil else { return nil }
      throw CredentialError(
        .misconfigured, "profile \(name)", "\(place) is not there: correct AWS_PROFILE, or remove it")
    }
    return try await ProfileResolution(profiles: profiles, surroundings: surroundings).find(name, [])
  }

  /// Both files as one: where both have a key, that of the credentials file counts.
  private func profiles() async throws -> [String: [String: String]] {
    var profiles: [String: [String: String]] = [:]
    for (path, kind) in paths {
      let bytes: [UInt8]
      do {
        bytes = try await surroundings.read(path)
      } catch {
        if [.notFound, .notADirectory].contains(error.code) { continue }
        throw CredentialError(.misconfigured, "the shared file", "\(error): check who may read it", cause: error)
      }
      for (name, keys) in ProfileFile(bytes, kind).profiles {
        profiles[name, default: [:]].merge(keys) { old, _ in old }
      }
    }
    return profiles
  }
}

/// Follows a profile to its credentials.
private struct ProfileResolution {
  let profiles: [String: [String: String]]
  let surroundings: CredentialSurroundings

  /// - Parameter trail: the profiles that led here.
  /// - Returns: `nil` for a profile without anything about credentials.
  func find(_ name: String, _ trail: [String]) async throws -> FoundCredentials<S3Credentials>? {
    let source = "profile \(name)"
    guard let profile = profiles[name] else {
      throw CredentialError(
        .misconfigured, "profile \(trail.last ?? name)", "its source_profile \(name) is in neither of the shared files")
    }
    func value(_ key: String) -> String? { profile[key].flatMap { $0.isEmpty ? nil : $0 } }
    // A role's own keys are those that it is taken with when the profile names itself, and only at the second visit.
    let isSource = trail.last == name
    if !isSource, let arn = value("role_arn") {
      guard !trail.contains(name) else {
        throw CredentialError(
          .misconfigured, source, "source_profile goes round in a circle (\((trail + [name]).joined(separator: " → ")))"
        )
      }
      return try await take(arn, profile: profile, name: name, trail: trail + [name])
    }
    if value("aws_access_key_id") != nil || value("aws_secret_access_key") != nil {
      guard let key = value("aws_access_key_id"), let secret = value("aws_secret_access_key") else {
        throw CredentialError(
          .misconfigured, source, "aws_access_key_id and aws_secret_access_key come together, and one is missing")
      }
      let token = value("aws_session_token").map { Secret($0) }
      return FoundCredentials(
        credentials: S3Credentials(accessKey: key, secretKey: Secret(secret), sessionToken: token), source: source)
    }
    if let command = value("credential_process") {
      return try await ProcessCredentials(command, profile: name, surroundings).find()
    }
    if let key = profile.keys.sorted().first(where: { $0.hasPrefix("sso_") || $0 == "login_session" }) {
      throw CredentialError(
        .misconfigured, source,
        "\(key) is not supported: use credential_process = aws configure export-credentials --profile \(name)")
    }
    return nil
  }

  private func take(
    _ arn: String, profile: [String: String], name: String, trail: [String]
  ) async throws -> FoundCredentials<S3Credentials> {
    let source = "profile \(name)"
    func value(_ key: String) -> String? { profile[key].flatMap { $0.isEmpty ? nil : $0 } }
    func wrong(_ reason: String) -> CredentialError { CredentialError(.misconfigured, source, reason) }
    if value("mfa_serial") != nil {
      throw wrong("mfa_serial wants a code from a person: take a role without it")
    }
    var role = SecurityTokenService.Role(
      arn: arn, sessionName: surroundings.sessionName(value("role_session_name")), externalID: value("external_id"))
    if let duration = value("duration_seconds") {
      guard let seconds = Int64(duration), 900...43200 ~= seconds else {
        throw wrong("duration_seconds is not from 900 to 43200")
      }
      role.duration = seconds
    }
    if let file = value("web_identity_token_file") {
      return try await WebIdentityCredentials.take(role, tokenFile: file, region: value("region"), surroundings)
    }
    let taker: FoundCredentials<S3Credentials>?
    switch (value("source_profile"), value("credential_source")) {
    case (_?, _?): throw wrong("source_profile and credential_source exclude each other: keep one of them")
    case (let other?, nil): taker = try await find(other, trail)
    case (nil, "Environment"?): taker = EnvironmentCredentials(surroundings).find()
    case (nil, "EcsContainer"?): taker = try await ContainerCredentials(surroundings).find()
    case (nil, "Ec2InstanceMetadata"?): taker = try await InstanceCredentials(surroundings).find()
    case (nil, _?): throw wrong("credential_source is none of Environment, EcsContainer and Ec2InstanceMetadata")
    case (nil, nil): throw wrong("role_arn needs source_profile, credential_source or web_identity_token_file")
    }
    guard let taker else { throw wrong("there are no credentials to take \(printable(arn)) with") }
    let service = try SecurityTokenService(surroundings, region: value("region"), source: source)
    return try await service.assume(role, as: taker.credentials)
  }
}
