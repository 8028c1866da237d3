import Crypto
import FoundationEssentials
import HTTP

/// AWS' Security Token Service, or one that speaks its protocol: gives credentials of a role for some time.
///
/// Source: AWS Security Token Service API reference (2011-06-15).
struct SecurityTokenService: Sendable {
  /// A role and how it is to be taken.
  struct Role: Equatable, Sendable {
    var arn: String
    var sessionName: String
    /// Seconds; `nil` for the service's own hour.
    var duration: Int64?
    var externalID: String?
  }

  private let surroundings: CredentialSurroundings
  private let url: HTTPURL
  private let region: String
  /// For errors.
  private let source: String

  /// - Parameter region: of the profile, before that of the surroundings.
  init(_ surroundings: CredentialSurroundings, region: String? = nil, source: String) throws(CredentialError) {
    self.surroundings = surroundings
    self.source = source
    let region = region ?? surroundings.stsRegion
    self.region = region ?? "us-east-1"
    url = try Self.address(endpoint: surroundings.stsEndpoint, region: region, source: source)
  }

  /// `sts_endpoint`, else the region's own address, else the global one.
  static func address(endpoint: String, region: String?, source: String) throws(CredentialError) -> HTTPURL {
    guard endpoint.isEmpty else {
      guard let url = HTTPURL(credentialAddress: endpoint.contains("://") ? endpoint : "https://\(endpoint)") else {
        throw CredentialError(
          .misconfigured, source, "`sts_endpoint` is no address as in https://sts.eu-central-1.amazonaws.com")
      }
      return url
    }
    guard let region, !region.isEmpty, region != "aws-global" else {
      return HTTPURL(secure: true, host: "sts.amazonaws.com", path: "/")
    }
    let domain = region.hasPrefix("cn-") ? "amazonaws.com.cn" : "amazonaws.com"
    guard case (let host, nil)? = HTTPURL.hostAndPort("sts.\(region).\(domain)") else {
      throw CredentialError(
        .misconfigured, source, "\(printable(region)) is no region: correct AWS_REGION or `region`")
    }
    return HTTPURL(secure: true, host: host, path: "/")
  }

  /// Takes a role with credentials that may.
  func assume(_ role: Role, as credentials: S3Credentials) async throws -> FoundCredentials<S3Credentials> {
    var secrets = [credentials.secretKey]
    if let token = credentials.sessionToken { secrets.append(token) }
    return try await ask("AssumeRole", role, [], signedAs: credentials, secrets: secrets)
  }

  /// Takes a role with a token that somebody else, as Kubernetes, vouches with.
  func assume(_ role: Role, token: Secret) async throws -> FoundCredentials<S3Credentials> {
    try await ask(
      "AssumeRoleWithWebIdentity", role, [("WebIdentityToken", token.exposed)], signedAs: nil, secrets: [token])
  }

  private func ask(
    _ action: String, _ role: Role, _ more: [(String, String)], signedAs credentials: S3Credentials?, secrets: [Secret]
  ) async throws -> FoundCredentials<S3Credentials> {
    var form = [
      ("Action", action), ("Version", "2011-06-15"), ("RoleArn", role.arn), ("RoleSessionName", role.sessionName),
    ]
    if let duration = role.duration { form.append(("DurationSeconds", "\(duration)")) }
    if let id = role.externalID { form.append(("ExternalId", id)) }
    let request = request(Array(HTTPQuery(form + more).encoded.utf8), signedAs: credentials)
    let http = try CredentialHTTP(
      source: source, timeLimit: .seconds(15), attempts: 3, tls: surroundings.tls,
      environment: surroundings.environment)
    let response = try await http.send(request)
    let answer = try? XMLElement(parsing: response.body)
    guard response.status == 200 else { throw refusal(response.status, answer?["Error"], of: role, secrets) }
    guard let given = answer?["\(action)Result"]?["Credentials"], let key = given["AccessKeyId"]?.text, !key.isEmpty,
      let secret = given["SecretAccessKey"]?.text, !secret.isEmpty, let token = given["SessionToken"]?.text,
      let expires = (given["Expiration"]?.text).flatMap(CredentialJSON.time)
    else {
      throw CredentialError(.refused, source, "what \(url.authority) answers is not STS': check `sts_endpoint`")
    }
    return FoundCredentials(
      credentials: S3Credentials(
        accessKey: key, secretKey: Secret(secret), sessionToken: token.isEmpty ? nil : Secret(token)),
      expires: expires, source: source)
  }

  private func request(_ body: [UInt8], signedAs credentials: S3Credentials?) -> HTTPRequest {
    var headers = HTTPHeaders([
      ("Host", url.authority), ("User-Agent", "blockhaul"), ("Accept", "application/xml"),
      ("Content-Type", "application/x-www-form-urlencoded; charset=utf-8"),
    ])
    if let credentials {
      let date = HTTPDate.basic(surroundings.now())
      headers["x-amz-date"] = date
      if let token = credentials.sessionToken { headers["x-amz-security-token"] = token.exposed }
      headers["Authorization"] = SignatureV4(credentials: credentials, region: region, service: "sts").authorization(
        method: "POST", path: url.path, query: url.query, headers: headers,
        payloadHash: Hexadecimal.text(SHA256.hash(data: body)), date: date)
    }
    return HTTPRequest(method: .post, url: url, headers: headers, body: .bytes(body))
  }

  private func refusal(_ status: Int, _ error: XMLElement?, of role: Role, _ secrets: [Secret]) -> CredentialError {
    let code = printable(error?["Code"]?.text ?? "", without: secrets)
    let message = printable(error?["Message"]?.text ?? "", without: secrets)
    let way =
      switch code {
      case "ExpiredTokenException", "ExpiredToken": "the token is expired: have it renewed"
      case "InvalidIdentityToken", "IDPRejectedClaim": "the token is refused: check the role's identity provider"
      case "RegionDisabledException": "the region has no STS of yours: set `sts_endpoint`"
      case "InvalidClientTokenId", "SignatureDoesNotMatch": "the keys that the role is taken with are refused"
      default: "check the trust policy of \(printable(role.arn))"
      }
    let said = [code, message].filter { !$0.isEmpty }.joined(separator: ": ")
    return CredentialError(
      .refused, source, "\(way) (\(url.authority) answers \(status)\(said.isEmpty ? "" : ", \(said)"))")
  }
}
