import Crypto
import Fixtures
import HTTP
import Platform
import Testing

@testable import ObjectStore

@Suite("Credentials: the chain and the profiles", .timeLimit(.minutes(1)))
struct CredentialChainTests {
  private static let environmentKeys = ["AWS_ACCESS_KEY_ID": "env", "AWS_SECRET_ACCESS_KEY": "s"]

  /// A source of each kind at once, of which those named in `without` are taken away.
  private func found(without: Set<String>, _ change: (inout S3Configuration) -> Void = { _ in }) async throws -> String?
  {
    let sts = try ScriptedServer { _, _ in .role("AssumeRoleWithWebIdentity", "web") }
    let agent = try ScriptedServer { _, _ in .response(200, [], credentialJSON("container")) }
    let instance = try ScriptedServer { request, _ in
      request.method == "PUT"
        ? .response(200, [], "t")
        : .response(200, [], request.target.hasSuffix("/") ? "role" : credentialJSON("instance"))
    }
    let home = try CredentialHome(
      credentials: without.contains("file") ? nil : "[default]\naws_access_key_id = file\naws_secret_access_key = s")
    try home.write("token", to: "token")
    var environment = without.contains("environment") ? [:] : Self.environmentKeys
    environment["AWS_ROLE_ARN"] = "arn:aws:iam::1:role/r"
    if !without.contains("web") { environment["AWS_WEB_IDENTITY_TOKEN_FILE"] = home.path("token") }
    if !without.contains("container") {
      environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = "http://127.0.0.1:\(agent.port)/"
    }
    environment["AWS_EC2_METADATA_SERVICE_ENDPOINT"] = "http://127.0.0.1:\(instance.port)"
    environment["AWS_EC2_METADATA_DISABLED"] = without.contains("instance") ? "true" : "false"
    var configuration = S3Configuration(bucket: "b", endpoint: "e", accessKey: "config", secretKey: "s")
    if without.contains("configuration") { (configuration.accessKey, configuration.secretKey) = ("", "") }
    change(&configuration)
    let chain = S3CredentialChain(configuration, home.surroundings(environment, sts: sts))
    return try await chain.find()?.credentials.accessKey
  }

  @Test("the first source that has credentials counts, in Thanos' order and in that of AWS' SDK")
  func order() async throws {
    let thanos = ["configuration", "environment", "file", "web", "container", "instance"]
    let keys = ["config", "env", "file", "web-id", "container-id", "instance-id", nil]
    for count in 0...thanos.count {
      #expect(try await found(without: Set(thanos.prefix(count))) == keys[count])
    }
    #expect(try await found(without: ["configuration", "environment"]) { $0.awsSDKAuth = true } == "web-id")
    #expect(try await found(without: ["configuration", "environment", "web"]) { $0.awsSDKAuth = true } == "file")
  }

  struct Profile: Sendable {
    var credentials: String?
    var config: String?
    var environment: [String: String] = [:]
    /// The access key, else a part of the error's line, else nothing is found.
    var key: String?
    var error: String?
  }

  private static let keys = "aws_access_key_id = k\naws_secret_access_key = top-secret\n"

  @Test(
    "a profile leads to its credentials, or says in a line why not",
    arguments: [
      Profile(),
      Profile(credentials: "[other]\n\(keys)"),
      Profile(credentials: "[default]\nregion = x"),
      Profile(credentials: "[default]\n\(keys)", key: "k"),
      Profile(config: "[default]\n\(keys)", key: "k"),
      Profile(credentials: "[p]\n\(keys)", environment: ["AWS_PROFILE": "p"], key: "k"),
      Profile(config: "[profile p]\n\(keys)", environment: ["AWS_PROFILE": "p"], key: "k"),
      Profile(
        credentials: "[default]\n\(keys)", config: "[default]\naws_access_key_id = c\naws_secret_access_key = s",
        key: "k"),
      Profile(credentials: "[default]\n\(keys)", environment: ["AWS_PROFILE": "p"], error: "correct AWS_PROFILE"),
      Profile(credentials: "[default]\naws_access_key_id = k", error: "one is missing"),
      Profile(credentials: "[default]\naws_secret_access_key = top-secret", error: "one is missing"),
      Profile(config: "[default]\nsso_session = s", error: "aws configure export-credentials"),
      Profile(config: "[default]\nrole_arn = r", error: "needs source_profile"),
      Profile(config: "[default]\nrole_arn = r\nsource_profile = none", error: "source_profile none"),
      Profile(
        config: "[default]\nrole_arn = r\nsource_profile = e\n[profile e]\nregion = x",
        error: "no credentials to take r"),
      Profile(config: "[default]\nrole_arn = r\nsource_profile = default", error: "no credentials to take r"),
      Profile(
        config: "[default]\nrole_arn = r\nsource_profile = a\n[profile a]\nrole_arn = r\nsource_profile = default",
        error: "circle (default → a → default)"),
      Profile(config: "[default]\nrole_arn = r\ncredential_source = Moon", error: "none of Environment"),
      Profile(config: "[default]\nrole_arn = r\ncredential_source = Environment", error: "no credentials to take r"),
      Profile(config: "[default]\nrole_arn = r\nsource_profile = a\ncredential_source = Environment", error: "exclude"),
      Profile(config: "[default]\nrole_arn = r\nsource_profile = a\nmfa_serial = m", error: "mfa_serial"),
      Profile(config: "[default]\nrole_arn = r\nsource_profile = a\nduration_seconds = 5", error: "duration_seconds"),
      Profile(config: "[default]\ncredential_process = 'x", error: "quotation mark"),
    ])
  func profile(_ test: Profile) async throws {
    let home = try CredentialHome(credentials: test.credentials, config: test.config)
    let source = ProfileCredentials(home.surroundings(test.environment))
    if let expected = test.error {
      let error = await credentialError(source)
      #expect(error?.description.contains(expected) == true, "\(String(describing: error))")
      #expect(error?.description.contains("top-secret") == false)
      #expect(error?.description.contains("\n") == false)
    } else {
      #expect(try await source.find()?.credentials.accessKey == test.key)
    }
  }

  @Test("files lie where the variables say, and one that may not be read is told of")
  func files() async throws {
    let home = try CredentialHome()
    try home.write("[default]\n\(Self.keys)", to: "elsewhere")
    let elsewhere = home.surroundings(["AWS_SHARED_CREDENTIALS_FILE": home.path("elsewhere")])
    #expect(try await ProfileCredentials(elsewhere).find()?.credentials.accessKey == "k")
    let folder = home.surroundings(["AWS_CONFIG_FILE": home.path(".aws")])
    #expect(await credentialError(ProfileCredentials(folder))?.description.contains(home.path(".aws")) == true)
  }

  /// Whether the signature is of what has arrived, body and fields.
  private static func isSigned(_ request: ScriptedServer.Request) -> Bool {
    guard let value = request["Authorization"], let scope = value.split(separator: "/").dropFirst(2).first,
      let names = value.firstRange(of: "SignedHeaders=").map({ value[$0.upperBound...].prefix { $0 != "," } })
    else { return false }
    let isInner = value.contains("Credential=k/")
    let signature = SignatureV4(
      credentials: S3Credentials(
        accessKey: isInner ? "k" : "role0-id", secretKey: isInner ? "top-secret" : "role0-secret"),
      region: String(scope), service: "sts")
    return value
      == signature.authorization(
        method: "POST", path: "/", query: "",
        headers: HTTPHeaders(names.split(separator: ";").map { (String($0), request[String($0)] ?? "") }),
        payloadHash: Hexadecimal.text(SHA256.hash(data: request.body)), date: request["x-amz-date"] ?? "")
  }

  @Test("a role is taken with its source profile's keys, signed for STS, with all of its parameters")
  func role() async throws {
    let sts = try ScriptedServer { request, number in
      guard request.method == "POST", Self.isSigned(request) else {
        return .stsError(403, "MissingAuthenticationToken", "unsigned")
      }
      return .role("AssumeRole", "role\(number)")
    }
    let home = try CredentialHome(
      credentials: "[base]\n\(Self.keys)",
      config: """
        [default]
        role_arn = arn:aws:iam::1:role/outer
        source_profile = inner
        role_session_name = me
        external_id = e&x
        duration_seconds = 900
        [profile inner]
        role_arn = arn:aws:iam::1:role/inner
        source_profile = base
        region = eu-west-1
        """)
    let found = try await ProfileCredentials(home.surroundings(sts: sts, region: "us-west-2")).find()
    #expect(found?.credentials == .named("role1"))
    #expect(found?.expires == CredentialJSON.time("2099-01-31T12:00:00Z"))
    let requests = sts.requests
    #expect(requests.count == 2)
    #expect(requests[0]["Authorization"]?.contains("Credential=k/") == true)
    #expect(requests[0]["Authorization"]?.contains("/eu-west-1/sts/") == true)
    #expect(requests[1]["Authorization"]?.contains("Credential=role0-id/") == true)
    #expect(requests[1]["Authorization"]?.contains("/us-west-2/sts/") == true)
    #expect(requests[1]["x-amz-security-token"] == "role0-token")
    #expect(
      form(requests[1]) == [
        "Action": "AssumeRole", "Version": "2011-06-15", "RoleArn": "arn:aws:iam::1:role/outer",
        "RoleSessionName": "me", "ExternalId": "e&x", "DurationSeconds": "900",
      ])
  }

  @Test("a profile may take its role with its own keys, with those of the environment, or with a token")
  func otherTakers() async throws {
    let sts = try ScriptedServer { request, _ in .role(form(request)["Action"] ?? "", "role") }
    let own = try CredentialHome(credentials: "[default]\n\(Self.keys)role_arn = r\nsource_profile = default")
    #expect(try await ProfileCredentials(own.surroundings(sts: sts)).find()?.credentials == .named("role"))
    let home = try CredentialHome(config: "[default]\nrole_arn = r\ncredential_source = Environment")
    let surroundings = home.surroundings(Self.environmentKeys, sts: sts)
    #expect(try await ProfileCredentials(surroundings).find()?.credentials == .named("role"))
    let web = try CredentialHome()
    try web.write("jwt", to: "token")
    try web.write("[default]\nrole_arn = r\nweb_identity_token_file = \(web.path("token"))", to: ".aws/config")
    #expect(try await ProfileCredentials(web.surroundings(sts: sts)).find()?.credentials == .named("role"))
    #expect(sts.requests.map { $0["Authorization"]?.contains("Credential=k/") } == [true, false, nil])
    #expect(form(sts.requests[2])["WebIdentityToken"] == "jwt")
  }

  @Test(
    "STS is asked where the region, or sts_endpoint, says",
    arguments: [
      ("", nil, "https://sts.amazonaws.com/"), ("", "eu-west-1", "https://sts.eu-west-1.amazonaws.com/"),
      ("", "cn-north-1", "https://sts.cn-north-1.amazonaws.com.cn/"),
      ("", "us-gov-west-1", "https://sts.us-gov-west-1.amazonaws.com/"),
      ("sts.local:8443", "x", "https://sts.local:8443/"), ("http://sts.local/a", nil, "http://sts.local/a"),
      ("ftp://x", nil, nil), ("", "a b", nil), ("", "evil.example/", nil),
    ] as [(String, String?, String?)])
  func address(_ endpoint: String, _ region: String?, _ url: String?) {
    #expect((try? SecurityTokenService.address(endpoint: endpoint, region: region, source: ""))?.text == url)
  }
}
