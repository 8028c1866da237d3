import HTTP

/// The endpoint that ECS and EKS give a container for its role.
///
/// Source: "Container credential provider", AWS SDKs and Tools reference guide.
struct ContainerCredentials: CredentialSource {
  private static let name = "the container's endpoint"
  private let surroundings: CredentialSurroundings

  init(_ surroundings: CredentialSurroundings) { self.surroundings = surroundings }

  var place: String { "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI and _FULL_URI" }

  func find() async throws -> FoundCredentials<S3Credentials>? {
    guard let url = try Self.address(surroundings) else { return nil }
    let token = try await authorization()
    var request = HTTPRequest(
      method: .get, url: url, headers: HTTPHeaders([("Host", url.authority), ("Accept", "application/json")]))
    if let token { request.headers["Authorization"] = token.exposed }
    // An agent that was asked by many at once may need its time.
    let http = try CredentialHTTP(source: Self.name, timeLimit: .seconds(5), attempts: 3)
    let response = try await http.send(request)
    guard response.status == 200 else {
      let answer = try? CredentialJSON(response.body, source: Self.name)
      let message = answer?.text("message") ?? answer?.text("Message") ?? answer?.text("code") ?? ""
      throw CredentialError(
        .refused, Self.name,
        "status \(response.status) of \(url.authority)\(message.isEmpty ? "" : ": ")"
          + "\(printable(message, without: token.map { [$0] } ?? [])); check the role of the task or pod")
    }
    return try CredentialJSON(response.body, source: Self.name).credentials(token: "Token")
  }

  /// Where to ask; `nil` where no variable says so.
  static func address(_ surroundings: CredentialSurroundings) throws(CredentialError) -> HTTPURL? {
    if let path = surroundings.variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") {
      guard path.hasPrefix("/"), let url = HTTPURL(credentialAddress: "http://169.254.170.2\(path)") else {
        throw CredentialError(
          .misconfigured, name, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI is no path that begins with a slash")
      }
      return url
    }
    guard let address = surroundings.variable("AWS_CONTAINER_CREDENTIALS_FULL_URI") else { return nil }
    guard let url = HTTPURL(credentialAddress: address) else {
      throw CredentialError(
        .misconfigured, name,
        "AWS_CONTAINER_CREDENTIALS_FULL_URI is no address as in http://169.254.170.23/v1/credentials")
    }
    guard url.secure || isOfMachine(url.host.lowercased()) else {
      throw CredentialError(
        .misconfigured, name,
        "AWS_CONTAINER_CREDENTIALS_FULL_URI leads to another machine over an open line: use https, or an address of "
          + "loopback, 169.254.170.2, 169.254.170.23 or [fd00:ec2::23]")
    }
    return url
  }

  /// Plain HTTP goes nowhere else: the answer holds keys.
  private static func isOfMachine(_ host: String) -> Bool {
    if ["localhost", "[::1]", "169.254.170.2", "169.254.170.23", "[fd00:ec2::23]"].contains(host) { return true }
    let parts = host.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
  }

  private func authorization() async throws -> Secret? {
    let token: Secret?
    if let path = surroundings.variable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE") {
      token = try await surroundings.token(in: path, of: Self.name)
    } else {
      token = surroundings.variable("AWS_CONTAINER_AUTHORIZATION_TOKEN").map { Secret($0) }
    }
    guard token?.exposed.utf8.allSatisfy({ $0 >= 32 && $0 != 127 }) ?? true else {
      throw CredentialError(.misconfigured, Self.name, "its authorization token has more than one line")
    }
    return token
  }
}
