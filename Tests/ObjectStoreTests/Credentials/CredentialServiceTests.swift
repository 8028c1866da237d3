import Fixtures
import HTTP
import Platform
import Synchronization
import Testing

@testable import ObjectStore

/// Doubles on loopback that answer only to those who keep to the protocol.
@Suite("Credentials: STS, containers and instances", .timeLimit(.minutes(1)))
struct CredentialServiceTests {
  // MARK: Web identity

  @Test("a web identity token is changed for credentials without a signature, and read anew each time")
  func webIdentity() async throws {
    let sts = try ScriptedServer { request, number in
      let form = form(request)
      guard request.method == "POST", request["Authorization"] == nil, form["Action"] == "AssumeRoleWithWebIdentity",
        form["Version"] == "2011-06-15", form["RoleArn"] == "arn:aws:iam::1:role/r", form["RoleSessionName"] == "me",
        form["WebIdentityToken"] == "jwt+/=\(number)"
      else { return .stsError(400, "ValidationError", "\(form)") }
      return .role("AssumeRoleWithWebIdentity", "web\(number)")
    }
    let home = try CredentialHome()
    let source = WebIdentityCredentials(
      home.surroundings(
        [
          "AWS_WEB_IDENTITY_TOKEN_FILE": home.path("token"), "AWS_ROLE_ARN": "arn:aws:iam::1:role/r",
          "AWS_ROLE_SESSION_NAME": "me",
        ], sts: sts))
    for number in 0...1 {
      try home.write("jwt+/=\(number)\n", to: "token")
      #expect(try await source.find()?.credentials == .named("web\(number)"))
    }
  }

  @Test(
    "STS' no is told with its code and without the token",
    arguments: [
      ("ExpiredTokenException", "the token is expired"), ("InvalidIdentityToken", "identity provider"),
      ("AccessDenied", "trust policy of arn:r"), ("RegionDisabledException", "sts_endpoint"),
    ])
  func refused(_ code: String, _ part: String) async throws {
    let sts = try ScriptedServer { request, _ in
      .stsError(403, code, "no\nto \(form(request)["WebIdentityToken"] ?? "")")
    }
    let home = try CredentialHome()
    try home.write("secret-jwt", to: "token")
    let source = WebIdentityCredentials(
      home.surroundings(["AWS_WEB_IDENTITY_TOKEN_FILE": home.path("token"), "AWS_ROLE_ARN": "arn:r"], sts: sts))
    let text = try #require(await credentialError(source)).description
    #expect(text.contains(part) && text.contains(code) && text.contains("no to <secret>"))
    #expect(!text.contains("secret-jwt") && !text.contains("\n"))
  }

  @Test("an STS that fails for a moment is asked again; one that answers something else is told of")
  func faults() async throws {
    let sts = try ScriptedServer { _, number in
      number < 2
        ? .stsError(503, "ServiceUnavailable", "")
        : number == 2
          ? .role("AssumeRoleWithWebIdentity", "web")
          : .response(200, [], "<html>login</html>")
    }
    let home = try CredentialHome()
    try home.write("jwt", to: "token")
    let source = WebIdentityCredentials(
      home.surroundings(["AWS_WEB_IDENTITY_TOKEN_FILE": home.path("token"), "AWS_ROLE_ARN": "r"], sts: sts))
    #expect(try await source.find()?.credentials == .named("web"))
    #expect(await credentialError(source)?.description.contains("check `sts_endpoint`") == true)
  }

  @Test("a token without a role, and a token file that is missing or empty, are told of")
  func webIdentityMistakes() async throws {
    let home = try CredentialHome()
    func error(_ role: String) async -> String {
      let environment = ["AWS_WEB_IDENTITY_TOKEN_FILE": home.path("token"), "AWS_ROLE_ARN": role]
      return await credentialError(WebIdentityCredentials(home.surroundings(environment)))?.description ?? ""
    }
    #expect(await error("").contains("AWS_ROLE_ARN is not"))
    #expect(await error("r").contains(home.path("token")))
    try home.write(" \n", to: "token")
    #expect(await error("r").contains("holds no token"))
  }

  // MARK: Containers

  @Test(
    "the container's endpoint is taken from its variables, and plain HTTP stays on the machine",
    arguments: [
      (nil, nil, nil, nil), ("/v2/credentials/x", nil, "http://169.254.170.2/v2/credentials/x", nil),
      ("/a?b=c", "http://127.0.0.1/", "http://169.254.170.2/a?b=c", nil), ("no-slash", nil, nil, "slash"),
      ("@evil/", nil, nil, "slash"), (nil, "http://127.1.2.3:99/a", "http://127.1.2.3:99/a", nil),
      (nil, "http://localhost/a?b", "http://localhost/a?b", nil), (nil, "http://[::1]:1/", "http://[::1]:1/", nil),
      (nil, "http://169.254.170.23/v1/credentials", "http://169.254.170.23/v1/credentials", nil),
      (nil, "http://[fd00:ec2::23]/v1", "http://[fd00:ec2::23]/v1", nil),
      (nil, "https://x.example/a", "https://x.example/a", nil),
      (nil, "http://x.example/a", nil, "another machine"), (nil, "http://127.0.0.1.example/a", nil, "another machine"),
      (nil, "http://127.evil.0.1/a", nil, "another machine"), (nil, "http://user@127.0.0.1/a", nil, "no address"),
      (nil, "file:///a", nil, "no address"), (nil, "http://127.0.0.1/a b", nil, "no address"),
    ] as [(String?, String?, String?, String?)])
  func containerAddress(_ relative: String?, _ full: String?, _ url: String?, _ fault: String?) {
    let surroundings = CredentialSurroundings { name in
      switch name {
      case "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": relative
      case "AWS_CONTAINER_CREDENTIALS_FULL_URI": full
      default: nil
      }
    }
    let result = Result { try ContainerCredentials.address(surroundings) }
    switch result {
    case .success(let found): #expect(found?.text == url && fault == nil)
    case .failure(let error): #expect(fault.map { "\(error)".contains($0) } == true, "\(error)")
    }
  }

  @Test("the container's endpoint gets its token, from the file before the variable, read anew each time")
  func container() async throws {
    let agent = try ScriptedServer { request, number in
      guard request.method == "GET", request.target == "/creds?id=1" else { return .response(404) }
      guard request["Authorization"] == (number == 2 ? "variable" : "file\(number)") else {
        return .response(401, [], "{\"code\": \"no\", \"message\": \"bad token \(request["Authorization"] ?? "")\"}")
      }
      return .response(200, [], credentialJSON("agent\(number)"))
    }
    let home = try CredentialHome()
    var environment = [
      "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1:\(agent.port)/creds?id=1",
      "AWS_CONTAINER_AUTHORIZATION_TOKEN": "variable", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": home.path("token"),
    ]
    for number in 0...1 {
      try home.write("file\(number)\n", to: "token")
      let source = ContainerCredentials(home.surroundings(environment))
      #expect(try await source.find()?.credentials == .named("agent\(number)"))
    }
    environment["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] = nil
    #expect(try await ContainerCredentials(home.surroundings(environment)).find()?.credentials == .named("agent2"))
    environment["AWS_CONTAINER_AUTHORIZATION_TOKEN"] = "secret-wrong"
    let refused = await credentialError(ContainerCredentials(home.surroundings(environment)))?.description ?? ""
    #expect(refused.contains("status 401") && refused.contains("bad token <secret>"))
    environment["AWS_CONTAINER_AUTHORIZATION_TOKEN"] = "a\r\nHost: b"
    let split = await credentialError(ContainerCredentials(home.surroundings(environment)))?.description ?? ""
    #expect(split.contains("more than one line"))
  }

  @Test(
    "JSON that is none or lacks a key is told of without its content",
    arguments: [
      ("secret-text", "no JSON object"), ("[]", "no JSON object"), ("{\"AccessKeyId\": \"a\"}", "lacks"),
      ("{\"AccessKeyId\": \"a\", \"SecretAccessKey\": 7}", "lacks"),
      ("{\"AccessKeyId\": \"a\", \"SecretAccessKey\": \"secret-text\", \"Expiration\": \"soon\"}", "no time"),
    ])
  func malformed(_ body: String, _ part: String) async throws {
    let agent = try ScriptedServer { _, _ in .response(200, [], body) }
    let source = ContainerCredentials(
      try CredentialHome().surroundings(["AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://localhost:\(agent.port)"]))
    let text = try #require(await credentialError(source)).description
    #expect(text.contains(part) && !text.contains("secret-text"))
  }

  @Test(
    "times come with Z or with an offset",
    arguments: [
      ("1970-01-01T00:00:01Z", 1000), ("1970-01-01T02:00:00+02:00", 0), ("1969-12-31T22:30:00.5-01:30", 500),
      ("soon", nil),
      ("1970-01-01T00:00:00", nil), ("1970-01-01T00:00:00+99:00", nil), ("+00:00", nil), ("", nil),
    ] as [(String, Int64?)])
  func times(_ text: String, _ time: Int64?) {
    #expect(CredentialJSON.time(text) == time)
  }

  // MARK: Instances

  private func instance(_ server: ScriptedServer, _ more: [String: String] = [:]) throws -> InstanceCredentials {
    let own = [
      "AWS_EC2_METADATA_DISABLED": "", "AWS_EC2_METADATA_SERVICE_ENDPOINT": "http://127.0.0.1:\(server.port)/",
    ]
    return InstanceCredentials(try CredentialHome().surroundings(own.merging(more) { _, new in new }))
  }

  /// Version 2 of the metadata service: no answer without its token.
  private static func metadata(_ request: ScriptedServer.Request, role: String = credentialJSON("instance"))
    -> [ScriptedServer.Step]
  {
    if request.method == "PUT" {
      guard request.target == "/latest/api/token", request["X-Forwarded-For"] == nil,
        let ttl = request["X-aws-ec2-metadata-token-ttl-seconds"].flatMap({ Int($0) }), 1...21600 ~= ttl
      else { return .response(400) }
      return .response(200, [], "token==")
    }
    guard request["X-aws-ec2-metadata-token"] == "token==" else { return .response(401) }
    switch request.target {
    case "/latest/meta-data/iam/security-credentials/": return .response(200, [], "my role\n")
    case "/latest/meta-data/iam/security-credentials/my%20role": return .response(200, [], role)
    default: return .response(404)
    }
  }

  @Test("an instance's role is had with a token of IMDSv2, whatever the proxy")
  func instanceRole() async throws {
    let server = try ScriptedServer { request, _ in Self.metadata(request) }
    let found = try await instance(server, ["http_proxy": "http://127.0.0.1:1"]).find()
    #expect(found?.credentials == .named("instance"))
    #expect(found?.expires != nil)
    #expect(found?.source == "the role my role of the instance")
    #expect(server.requests.count == 3)
  }

  @Test("no role, no metadata service and a disabled one are no error", arguments: ["role", "service", "disabled"])
  func noInstance(_ lack: String) async throws {
    let server = try ScriptedServer { request, _ in
      lack == "role" && request.method == "PUT" ? Self.metadata(request) : .response(404)
    }
    let source = try instance(server, lack == "disabled" ? ["AWS_EC2_METADATA_DISABLED": "TRUE"] : [:])
    #expect(try await source.find() == nil)
    #expect(server.requests.count == ["role": 2, "service": 1, "disabled": 0][lack])
  }

  @Test("a metadata service that is silent is given up soon")
  func silent() async throws {
    let server = try ScriptedServer { _, _ in [.wait(.seconds(3)), .close] }
    let start = ContinuousClock.now
    let source = try instance(server)
    #expect(try await source.find() == nil)
    #expect(ContinuousClock.now - start < .seconds(10))
  }

  @Test("a role that EC2 may not take is told of")
  func untrusted() async throws {
    let server = try ScriptedServer { request, _ in
      Self.metadata(request, role: "{\"Code\": \"AssumeRoleUnauthorizedAccess\", \"Message\": \"no\"}")
    }
    let text = await credentialError(try instance(server))?.description ?? ""
    #expect(text.contains("AssumeRoleUnauthorizedAccess") && text.contains("trust"))
  }

  // MARK: Programs

  @Test(
    "credential_process gives credentials with their end",
    arguments: [
      (
        "{\"Version\": 1, \"AccessKeyId\": \"a b\", \"SecretAccessKey\": \"top-secret\", \"Expiration\": \"1970-01-01T00:00:01Z\"}",
        nil
      ),
      ("{\"Version\": 2, \"AccessKeyId\": \"a\", \"SecretAccessKey\": \"top-secret\"}", "Version"),
      ("top-secret", "no JSON object"),
    ] as [(String, String?)])
  func program(_ json: String, _ fault: String?) async throws {
    let home = try CredentialHome()
    try home.write(json, to: "a file")
    let source = ProcessCredentials("cat \"\(home.path("a file"))\"", profile: "p", home.surroundings())
    if let fault {
      let text = await credentialError(source)?.description ?? ""
      #expect(text.contains(fault) && text.contains("profile p") && !text.contains("top-secret"))
    } else {
      let found = try await source.find()
      #expect(found?.credentials == S3Credentials(accessKey: "a b", secretKey: "top-secret"))
      #expect(found?.expires == 1000)
    }
  }

  @Test(
    "a program that fails, is missing or takes too long is told of without what it says",
    arguments: [
      ("sh -c 'echo top-secret; echo top-secret >&2; exit 3'", "exit status 3"),
      ("/no/such/program", "cannot be started"),
      ("sh -c 'sleep 20 & wait'", "too long"),
    ])
  func badProgram(_ command: String, _ part: String) async throws {
    var surroundings = try CredentialHome().surroundings()
    surroundings.programTimeLimit = part == "too long" ? .milliseconds(300) : .seconds(30)
    let text = await credentialError(ProcessCredentials(command, profile: "p", surroundings))?.description ?? ""
    #expect(text.contains(part) && text.contains("by hand") && !text.contains("top-secret"), "\(text)")
  }
}
