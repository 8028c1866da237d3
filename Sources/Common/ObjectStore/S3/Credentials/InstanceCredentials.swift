import HTTP

/// The role of an EC2 instance, from its metadata service in version 2.
///
/// Source: "Use the Instance Metadata Service to access instance metadata", Amazon EC2 user guide. Version 1 is not
/// spoken: whoever makes a machine fetch an address could read keys from it.
struct InstanceCredentials: CredentialSource {
  private static let name = "the instance metadata"
  private static let folder = "/latest/meta-data/iam/security-credentials/"
  private let surroundings: CredentialSurroundings

  init(_ surroundings: CredentialSurroundings) { self.surroundings = surroundings }

  private var isDisabled: Bool { surroundings.variable("AWS_EC2_METADATA_DISABLED")?.lowercased() == "true" }

  private var address: String {
    if let address = surroundings.variable("AWS_EC2_METADATA_SERVICE_ENDPOINT") { return address }
    return surroundings.variable("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE")?.lowercased() == "ipv6"
      ? "http://[fd00:ec2::254]" : "http://169.254.169.254"
  }

  var place: String {
    isDisabled ? "no instance metadata (AWS_EC2_METADATA_DISABLED)" : "instance metadata at \(address)"
  }

  func find() async throws -> FoundCredentials<S3Credentials>? {
    guard !isDisabled else { return nil }
    guard var url = HTTPURL(credentialAddress: address) else {
      throw CredentialError(
        .misconfigured, Self.name, "AWS_EC2_METADATA_SERVICE_ENDPOINT is no address as in http://169.254.169.254")
    }
    while url.path.hasSuffix("/") { url.path.removeLast() }
    let http = try CredentialHTTP(source: Self.name, timeLimit: surroundings.metadataTimeLimit, attempts: 2)
    guard let token = try await token(http, url) else { return nil }
    let roles = try await get(http, url, Self.folder, token)
    // There is an instance, and it has no role.
    if roles.status == 404 { return nil }
    try check(roles)
    let lines = String(decoding: roles.body, as: UTF8.self).split(whereSeparator: \.isNewline)
    guard let role = lines.first.map(String.init), !role.isEmpty else { return nil }
    let answer = try await get(http, url, Self.folder + PercentEncoding.encode(role), token)
    try check(answer)
    let source = "the role \(printable(role)) of the instance"
    let json = try CredentialJSON(answer.body, source: source)
    if let code = json.text("Code"), code != "Success" {
      throw CredentialError(
        .refused, source, "\(printable(code, without: [token])): check the role's trust in EC2")
    }
    return try json.credentials(token: "Token")
  }

  /// - Returns: `nil` where nobody answers, or no metadata service does: this is no EC2 instance.
  private func token(_ http: CredentialHTTP, _ base: HTTPURL) async throws -> Secret? {
    var request = request(.put, base, "/latest/api/token")
    request.headers["X-aws-ec2-metadata-token-ttl-seconds"] = "21600"
    let response: HTTPResponse
    do {
      response = try await http.send(request)
    } catch let error as CredentialError where error.code == .unreachable {
      return nil
    }
    guard response.status == 200 else { return nil }
    let token = String(decoding: response.body, as: UTF8.self)
    return !token.isEmpty && token.utf8.allSatisfy { 0x21...0x7E ~= $0 } ? Secret(token) : nil
  }

  private func get(_ http: CredentialHTTP, _ base: HTTPURL, _ path: String, _ token: Secret) async throws
    -> HTTPResponse
  {
    var request = request(.get, base, path)
    request.headers["X-aws-ec2-metadata-token"] = token.exposed
    return try await http.send(request)
  }

  private func request(_ method: HTTPRequest.Method, _ base: HTTPURL, _ path: String) -> HTTPRequest {
    var url = base
    url.path += path
    return HTTPRequest(method: method, url: url, headers: HTTPHeaders([("Host", url.authority)]))
  }

  private func check(_ response: HTTPResponse) throws(CredentialError) {
    guard response.status == 200 else {
      throw CredentialError(
        .refused, Self.name,
        "status \(response.status): check the instance's role, or set AWS_EC2_METADATA_DISABLED=true")
    }
  }
}
