import Fixtures
import Logging
import ObjectStore
import Platform
import Testing

/// A configuration that cannot be used and the one line that says so.
struct BadConfiguration: CustomTestStringConvertible, Sendable {
  let text: String
  let message: String
  var testDescription: String { message }

  init(_ text: String, _ message: String) {
    self.text = text
    self.message = message
  }

  /// Below `config` of an otherwise good S3 bucket; its first line is line 5.
  static func s3(_ text: String, _ message: String) -> BadConfiguration {
    BadConfiguration("type: S3\nconfig:\n  bucket: thanos\n  endpoint: e\n" + text, message)
  }
}

@Suite("Configuration: what is refused")
struct ConfigurationErrorTests {
  static let keys: [BadConfiguration] = [
    .s3("  acces_key: x", "bucket.yaml:5: config.acces_key: unknown key; did you mean access_key?"),
    .s3("  Region: x", "bucket.yaml:5: config.Region: unknown key; did you mean region?"),
    .s3(
      "  http_config:\n    idle_timeout: 1s",
      "bucket.yaml:6: config.http_config.idle_timeout: unknown key; did you mean"),
    .s3("  trace:\n    on: 1", "bucket.yaml:6: config.trace.on: unknown key; config.trace takes enable"),
    .init(
      "type: S3\nprefx: a\nconfig: {bucket: thanos, endpoint: e}",
      "bucket.yaml:2: prefx: unknown key; did you mean prefix?"),
    .s3("  region: a\n  region: b", "\"region\" is given twice; keep one of them"),
    .init("typ: S3", "bucket.yaml:1: typ: unknown key; did you mean type?"),
    .init("type: GCS\nconfig: {bucket: b, servce_account: x}", "config.servce_account: unknown key; did you mean"),
    .init(
      "type: BOS\nconfig: {http_config: {}}",
      "config.http_config: unknown key; config takes bucket, endpoint, access_key"),
    .init("type: OCI\nconfig: {http_config: {tls_config: {}}}", "config.http_config.tls_config: unknown key"),
  ]

  static let values: [BadConfiguration] = [
    .s3("  insecure: \"true\"", "bucket.yaml:5: config.insecure: expected true or false, without quotes"),
    .s3("  insecure: 1", "config.insecure: expected true or false"),
    .s3("  part_size: 64MiB", "bucket.yaml:5: config.part_size: expected a whole number of bytes such as 67108864"),
    .s3("  part_size: -1", "config.part_size: expected a whole number of bytes"),
    .s3("  part_size: 1024", "config.part_size: expected 5 MiB to 5 GiB"),
    .s3("  max_retries: 1.5", "config.max_retries: expected a whole number from 0 to"),
    .s3("  max_retries: -1", "config.max_retries: expected a whole number from 0 to"),
    .s3("  max_retries: 99999999999999999999", "config.max_retries: expected a whole number from 0 to"),
    .s3("  region: [a]", "bucket.yaml:5: config.region: expected text, found a list"),
    .s3("  region: {a: b}", "config.region: expected text, found a map"),
    .s3("  secret_key: !!binary c2VjcmV0", "config.secret_key: expected text, found a value with a tag of its own"),
    .s3(
      "  http_config: 5", "bucket.yaml:5: config.http_config: expected a map (`key: value` lines), found a single value"
    ),
    .s3(
      "  http_config:\n    idle_conn_timeout: 90",
      "bucket.yaml:6: config.http_config.idle_conn_timeout: expected a duration such"),
    .s3("  http_config:\n    idle_conn_timeout: 30s1m", "expected a duration such as 1m30s"),
    .s3("  list_objects_version: v3", "config.list_objects_version: expected one of v1, v2, found \"v3\""),
    .s3(
      "  bucket_lookup_type: dns",
      "config.bucket_lookup_type: expected one of auto, virtual-hosted, path, found \"dns\""),
    .s3(
      "  sse_config: {type: SSE-X}", "config.sse_config.type: expected one of SSE-S3, SSE-KMS, SSE-C, found \"SSE-X\""),
    .s3("  put_user_metadata: {a: [b]}", "config.put_user_metadata.a: expected text, found a list"),
    .init("type: S33\nconfig: {}", "bucket.yaml:1: type: unknown type \"S33\"; did you mean S3?"),
    .init("type: MINIO\nconfig: {}", "type: unknown type \"MINIO\"; use one of S3, GCS"),
    .init(
      "type: S3\nconfig: {bucket: thanos, endpoint: 'http://e:9000'}", "config.endpoint: expected host and port only"),
    .init("just text", "bucket.yaml:1: expected a map"),
    .init(
      "type: OCI\nconfig: {provider: rwa, bucket: b}", "config.provider: expected one of default, instance-principal"),
    .init(
      "type: OCI\nconfig: {provider: default, bucket: b, http_config: {client_timeout: soon}}",
      "client_timeout: expected a duration"),
  ]

  private static func named(_ bucket: String, _ endpoint: String, _ message: String) -> BadConfiguration {
    .init("type: S3\nconfig:\n  bucket: \"\(bucket)\"\n  endpoint: \"\(endpoint)\"\n", message)
  }

  static let names: [BadConfiguration] = [
    named("ab", "e", "bucket.yaml:3: config.bucket: a bucket's name has 3 to 63 characters"),
    named(String(repeating: "a", count: 64), "e", "config.bucket: a bucket's name has 3 to 63 characters"),
    named("a/../b", "e", "config.bucket: a bucket's name holds letters"),
    named("thanos?x", "e", "config.bucket: a bucket's name holds letters"),
    named("th\u{E4}nos", "e", "config.bucket: a bucket's name holds letters"),
    named("-thanos", "e", "config.bucket: a bucket's name begins and ends"),
    named("thanos.", "e", "config.bucket: a bucket's name begins and ends"),
    named("tha..nos", "e", "config.bucket: a bucket's name does not hold `..`"),
    named("tha-.nos", "e", "config.bucket: a bucket's name does not hold `-.`"),
    named("127.0.0.1", "e", "config.bucket: a bucket's name is no IP address"),
    named("thanos", "127.0.0.1:port", "bucket.yaml:4: config.endpoint: expected a port from 1 to 65535"),
    named("thanos", "store:99999", "config.endpoint: expected a port from 1 to 65535"),
    named("thanos", "::1", "config.endpoint: expected an IPv6 address in brackets"),
    named("thanos", "::1:9000", "config.endpoint: expected an IPv6 address in brackets"),
    named("thanos", "127.0.0.1?x", "config.endpoint: expected a host with an optional port"),
    named("thanos", "user@store", "config.endpoint: expected a host with an optional port"),
  ]

  static let rules: [BadConfiguration] = [
    .init("type: S3\nconfig:\n  bucket: thanos\n", "bucket.yaml:2: config.endpoint: missing; set it to"),
    .init("type: S3\nconfig:\n  endpoint: e\n", "config.bucket: missing; set it to the bucket's name"),
    .init("type: S3", "config.endpoint: missing"),
    .init("config: {}", "type: missing; set it to one of S3"),
    .init("", "bucket.yaml: type: the configuration is empty"),
    .init("# nothing\n", "bucket.yaml: type: the configuration is empty"),
    .s3("  access_key: a", "config.secret_key: missing; access_key and secret_key come together"),
    .s3("  secret_key: a", "config.access_key: missing; access_key and secret_key come together"),
    .s3(
      "  aws_sdk_auth: true\n  access_key: a\n  secret_key: b",
      "bucket.yaml:5: config.aws_sdk_auth: excludes access_key"),
    .s3("  sse_config: {type: SSE-KMS}", "config.sse_config.kms_key_id: missing; set it to"),
    .s3("  sse_config: {type: SSE-C}", "config.sse_config.encryption_key: missing; set it to"),
    .s3(
      "  http_config: {tls_config: {cert_file: a}}",
      "config.http_config.tls_config.key_file: missing; cert_file and key_file"),
    .s3("  put_user_metadata: {x-amz-storage-class: a, X-AMZ-Storage-Class: b}", "X-Amz-Storage-Class is given twice"),
    .init("type: FILESYSTEM\nconfig: {}", "config.directory: missing; set it to"),
    .init("type: GCS\nconfig: {}", "config.bucket: missing"),
    .init("type: AZURE\nconfig: {container: c}", "config.storage_account: missing"),
    .init("type: AZURE\nconfig: {storage_account: a}", "config.container: missing"),
    .init(
      "type: AZURE\nconfig: {storage_account: a, container: c, client_id: i}",
      "config.az_tenant_id: missing; az_tenant_id,"),
    .init(
      "type: AZURE\nconfig: {storage_account: a, container: c, storage_account_key: k, storage_connection_string: s}",
      "config.storage_connection_string: excludes storage_account_key"),
    .init(
      "type: AZURE\nconfig: {storage_account: a, container: c, user_assigned_id: u, storage_account_key: k}",
      "config.user_assigned_id: excludes storage_account_key"),
    .init(
      "type: AZURE\nconfig: {storage_account: a, container: c, user_assigned_id: u, client_id: k}",
      "config.user_assigned_id: excludes client_id"),
    .init("type: SWIFT\nconfig: {}", "config.container_name: missing"),
    .init("type: COS\nconfig: {bucket: b, region: r, secret_id: i, secret_key: k}", "config.app_id: missing"),
    .init("type: COS\nconfig: {endpoint: e, secret_id: i}", "config.secret_key: missing"),
    .init("type: ALIYUNOSS\nconfig: {bucket: b}", "config.endpoint: missing"),
    .init("type: BOS\nconfig: {bucket: b, endpoint: e, access_key: a}", "config.secret_key: missing"),
    .init("type: OBS\nconfig: {bucket: b, endpoint: e}", "config.access_key: missing"),
    .init("type: OCI\nconfig: {bucket: b}", "config.provider: missing; set it to where the credentials come from"),
    .init("type: OCI\nconfig: {provider: raw, bucket: b, tenancy_ocid: t}", "config.user_ocid: missing"),
  ]

  static let malformed: [BadConfiguration] = [
    .init("type: S3\nconfig:\n  bucket: \"b\n", "bucket.yaml:4: it is no YAML: while scanning a quoted scalar"),
    .init("type: S3\n\tconfig: x", "bucket.yaml:2: it is no YAML"),
    .init("type: S3\nconfig: {a: b", "bucket.yaml:"),
    .init("type: S3\nconfig: *nowhere", "bucket.yaml:2: it is no YAML: found undefined alias"),
    .init("type: S3\nconfig:\n  <<: 5", "bucket.yaml:3: `<<` takes maps only, found a single value"),
    .init("type: S3\nconfig:\n  [a, b]: 5", "bucket.yaml:3: a key must be a word, not a list"),
    .init("type: S3\nconfig: " + String(repeating: "[", count: 5000), "bucket.yaml:2: it is no YAML"),
    .init("type: S3\nconfig: " + String(repeating: "{a: ", count: 5000), "bucket.yaml:2: it is no YAML"),
    .init("type: S3\nconfig: \u{1}", "bucket.yaml:2: it is no YAML: control characters are not allowed"),
  ]

  @Test("one clear line each", arguments: keys + values + names + rules + malformed)
  func refused(_ bad: BadConfiguration) {
    do {
      _ = try parse(bad.text)
      Issue.record("it was taken")
    } catch {
      #expect("\(error)".contains(bad.message), "\(error)")
      #expect("\(error)".hasPrefix("bucket.yaml:"))
      #expect(!"\(error)".contains("\n"))
    }
  }

  @Test("a file that is not there, or no text, is one clear line")
  func files() throws {
    let folder = try TemporaryFolder()
    try AtomicFile.write([0xFF, 0xFE, 0x00], to: folder.path + "/binary")
    for (name, words) in [("missing", "No such file"), ("binary", "not UTF-8"), ("", "Is a directory")] {
      let path = folder.path + (name.isEmpty ? "" : "/" + name)
      let error = #expect(throws: ConfigurationError.self) { _ = try BucketConfiguration(file: path, environment: [:]) }
      #expect(error?.description.contains(words) == true, "\(String(describing: error))")
      #expect(error?.description.contains(path) == true)
    }
  }

  @Test(
    "types that are not supported yet say what to use instead",
    arguments: [
      "type: GCS\nconfig: {bucket: b}", "type: AZURE\nconfig: {storage_account: a, container: c}",
      "type: SWIFT\nconfig: {container_name: c}", "type: COS\nconfig: {endpoint: e, secret_id: i, secret_key: k}",
      "type: ALIYUNOSS\nconfig: {endpoint: e, bucket: b, access_key_id: i, access_key_secret: s}",
      "type: BOS\nconfig: {endpoint: e, bucket: b, access_key: i, secret_key: s}",
      "type: OBS\nconfig: {endpoint: e, bucket: b, access_key: i, secret_key: s}",
      "type: OCI\nconfig: {provider: default, bucket: b}",
    ])
  func unsupported(_ text: String) throws {
    let configuration = try parse("# A comment.\n" + text)
    let error = #expect(throws: ConfigurationError.self) { _ = try configuration.open(logger: Logger(label: "test")) }
    #expect(error?.code == .unsupported)
    let expected = "bucket.yaml:2: type: type \(configuration.provider.typeName) is not supported yet; use type "
    #expect(error?.description.contains(expected) == true)
  }

  @Test("FILESYSTEM opens, below its prefix")
  func opens() async throws {
    let folder = try TemporaryFolder()
    let bucket = try parse("type: FILESYSTEM\nprefix: /a/b/\nconfig: {directory: \(folder.path)}")
      .open(logger: Logger(label: "test"))
    try await bucket.put("key", .bytes([1, 2]))
    #expect(try OpenFile(folder.path + "/a/b/key").readAll(limit: 10) == [1, 2])
  }
}
