import ObjectStore
import Testing

@Suite("Configuration: the environment, and secrets")
struct ConfigurationSecretTests {
  @Test("$(NAME) is replaced, also several times and inside text")
  func replaced() throws {
    let environment = ["A": "x", "_b2": "y", "EMPTY": ""]
    #expect(try parseS3("  region: $(A)-$(_b2)$(A)$(EMPTY)", environment: environment).region == "x-yx")
  }

  @Test("what is no $(NAME) stays", arguments: ["$A", "$()", "$(A", "${A}", "$(A-B)", "$$", "a$"])
  func kept(_ text: String) throws {
    #expect(try parseS3("  region: '\(text)'", environment: ["A": "x", "A-B": "y"]).region == text)
  }

  @Test("a name that is not set is an error with its name and line")
  func unset() {
    let error = #expect(throws: ConfigurationError.self) { try parseS3("  region: a\n  secret_key: $(SECRET_KEY)") }
    #expect(error?.code == .unsetVariable)
    #expect(error?.description.hasPrefix("bucket.yaml:6: $(SECRET_KEY) is not set in the environment") == true)
  }

  @Test("line breaks in a value do not shift the lines of errors")
  func lines() {
    let environment = ["KEY": "|\n    one\n    two\n    three", "FLAT": "flat"]
    let error = #expect(throws: ConfigurationError.self) {
      try parseS3(
        "  session_token: $(KEY)\n  region: $(FLAT)\n  sts_endpoint: $(KEY)\n  colour: blue", environment: environment)
    }
    #expect(error?.line == 8)
    #expect(error?.key == "config.colour")
    let unset = #expect(throws: ConfigurationError.self) {
      try parseS3("  session_token: $(KEY)\n  region: $(NONE)", environment: environment)
    }
    #expect(unset?.line == 6)
  }

  static let secret = "hunter2-Zz9"

  /// Mistakes around a secret, each of which brings some part of the text into reach of a message.
  @Test(
    "no error shows a secret, wherever it was put",
    arguments: [
      "  secret_key: \"$(S)\" broken", "  secret_key: [$(S)", "  $(S): x", "  $(S)", "  secret_key: {$(S): x}",
      "  insecure: $(S)", "  part_size: $(S)", "  list_objects_version: $(S)", "  http_config: $(S)",
      "  http_config: {idle_conn_timeout: $(S)}", "  sse_config: {type: $(S)}", "  region: *$(S)", "  region: !$(S) x",
      "  $(S): a\n  $(S): b", "  trace: {$(S): 1}", "  secret_key: hunter2-Zz9", "  secret_key: |\n  hunter2-Zz9\n x",
      "  session_token: \"hunter2-Zz9\n", "  access_key: hunter2-Zz9",
      "  sse_config: {encryption_key:hunter2-Zz9}", "  trace: {? secret=hunter2-Zz9 }",
    ])
  func hidden(_ config: String) {
    do {
      _ = try parseS3(config, environment: ["S": Self.secret])
      Issue.record("it was taken")
    } catch {
      var dumped = ""
      dump(error, to: &dumped)
      for shown in ["\(error)", String(reflecting: error), dumped] { #expect(!shown.contains("hunter2"), "\(shown)") }
    }
  }

  @Test("a secret in place of the type is not shown")
  func hiddenType() {
    let error = #expect(throws: ConfigurationError.self) {
      try parse("type: $(S)\nconfig: {}", environment: ["S": Self.secret])
    }
    #expect(error?.description.contains("<from the environment>") == true)
    #expect(error?.description.contains("hunter2") == false)
  }

  @Test("no way of printing a configuration shows its secrets")
  func printed() throws {
    let s3 = try parseS3("  access_key: a\n  secret_key: hunter2-Zz9\n  session_token: hunter2-Zz9")
    #expect(s3.secretKey.exposed == Self.secret)
    let configuration = BucketConfiguration(provider: .s3(s3))
    var dumped = ""
    dump(configuration, to: &dumped)
    dump(s3.secretKey, to: &dumped)
    let texts = [
      "\(s3)", String(reflecting: s3), "\(configuration)", String(describing: s3.secretKey),
      String(reflecting: s3.secretKey),
      "\(Optional(s3.secretKey) as Any)", "\([s3.secretKey])", dumped,
    ]
    for text in texts {
      #expect(!text.contains("hunter2"), "\(text)")
      #expect(text.contains("<secret>"), "\(text)")
    }
  }
}
