import Fixtures
import HTTP
import ObjectStore
import Platform
import Testing

func parse(_ text: String, environment: [String: String] = [:]) throws -> BucketConfiguration {
  try BucketConfiguration(parsing: text, name: "bucket.yaml", environment: environment)
}

func parseS3(_ config: String, environment: [String: String] = [:]) throws -> S3Configuration {
  let base = "type: S3\nconfig:\n  bucket: b\n  endpoint: e\n"
  guard case .s3(let configuration) = try parse(base + config, environment: environment).provider else {
    Issue.record("it is not S3")
    return S3Configuration()
  }
  return configuration
}

@Suite("Configuration: what is read")
struct ConfigurationTests {
  @Test("the file that ships with the example stack reads as it is written")
  func seed() throws {
    let configuration = try parse(
      """
      type: S3
      config:
        bucket: "thanos"
        endpoint: "127.0.0.1:9000"
        insecure: true
        signature_version2: true
        access_key: "minio"
        secret_key: "melovethanos"
      """)
    var expected = S3Configuration(
      bucket: "thanos", endpoint: "127.0.0.1:9000", accessKey: "minio", secretKey: "melovethanos")
    expected.insecure = true
    expected.signatureVersion2 = true
    #expect(configuration == BucketConfiguration(provider: .s3(expected)))
  }

  @Test("keys that are left out, or null, have Thanos' defaults")
  func defaults() throws {
    let s3 = try parseS3("  http_config:\n  part_size: null\n  send_content_md5: ~\n  trace:\n")
    #expect(s3.http == HTTPConfiguration())
    #expect(s3.http.idleConnectionTimeout == .seconds(90))
    #expect(s3.http.responseHeaderTimeout == .seconds(120))
    #expect(s3.http.tlsHandshakeTimeout == .seconds(10))
    #expect(s3.http.expectContinueTimeout == .seconds(1))
    #expect(s3.http.maximumIdleConnections == 100 && s3.http.maximumIdleConnectionsPerHost == 100)
    #expect(s3.http.maximumConnectionsPerHost == 0 && s3.http.verifiesCertificates)
    #expect(s3.partSize == 67_108_864 && s3.sendsContentMD5 && !s3.disableMultipart && !s3.traces)
    #expect(s3.listObjectsVersion == .v2 && s3.bucketLookup == .auto && s3.encryption == .none)
    #expect(s3.maximumRetries == 0 && s3.userMetadata.isEmpty && s3.storageClass == nil)
    #expect(!s3.awsSDKAuth && !s3.insecure && !s3.signatureVersion2 && !s3.disableDualstack)
  }

  @Test("every key of S3 arrives")
  func everyKeyOfS3() throws {
    let s3 = try parseS3(
      """
        region: eu-central-1
        access_key: AK
        secret_key: SK
        session_token: ST
        disable_dualstack: true
        put_user_metadata: {Owner: ops, x-amz-storage-class: STANDARD_IA}
        http_config:
          idle_conn_timeout: 1m
          response_header_timeout: 1h30m
          tls_handshake_timeout: 5s
          expect_continue_timeout: 0
          max_idle_conns: 1
          max_idle_conns_per_host: 2
          max_conns_per_host: 3
          insecure_skip_verify: no
          disable_compression: yes
          tls_config: {ca_file: /ca, cert_file: /cert, key_file: /key, server_name: s, insecure_skip_verify: on}
        trace: {enable: true}
        list_objects_version: v1
        bucket_lookup_type: virtual-hosted
        send_content_md5: false
        disable_multipart: true
        part_size: 0x1000000
        sse_config: {type: SSE-KMS, kms_key_id: id, kms_encryption_context: {a: b}}
        sts_endpoint: https://sts
        max_retries: 7
      """)
    #expect(s3.region == "eu-central-1" && s3.accessKey == "AK" && s3.disableDualstack)
    #expect(s3.secretKey.exposed == "SK" && s3.sessionToken.exposed == "ST")
    #expect(s3.userMetadata == ["Owner": "ops"] && s3.storageClass == "STANDARD_IA")
    #expect(s3.http.idleConnectionTimeout == .seconds(60) && s3.http.responseHeaderTimeout == .seconds(5400))
    #expect(s3.http.tlsHandshakeTimeout == .seconds(5) && s3.http.expectContinueTimeout == .zero)
    #expect(s3.http.maximumIdleConnections == 1 && s3.http.maximumIdleConnectionsPerHost == 2)
    #expect(s3.http.maximumConnectionsPerHost == 3 && !s3.http.insecureSkipVerify && s3.http.disableCompression)
    #expect(s3.http.tls.caFile == "/ca" && s3.http.tls.certFile == "/cert" && s3.http.tls.keyFile == "/key")
    #expect(s3.http.tls.serverName == "s" && s3.http.tls.insecureSkipVerify && !s3.http.verifiesCertificates)
    #expect(s3.traces && s3.listObjectsVersion == .v1 && s3.bucketLookup == .virtualHosted && !s3.sendsContentMD5)
    #expect(s3.disableMultipart && s3.partSize == 16 << 20 && s3.stsEndpoint == "https://sts" && s3.maximumRetries == 7)
    #expect(s3.encryption == .kms(keyID: "id", context: ["a": "b"]))
  }

  @Test(
    "the kinds of encryption",
    arguments: [
      ("{}", S3Configuration.Encryption.none), ("{type: SSE-S3}", .s3),
      ("{type: SSE-KMS, kms_key_id: k}", .kms(keyID: "k", context: [:])),
      ("{type: SSE-C, encryption_key: /run/key}", .customerKey(keyFile: "/run/key")),
    ])
  func encryption(_ text: String, _ expected: S3Configuration.Encryption) throws {
    #expect(try parseS3("  sse_config: \(text)").encryption == expected)
  }

  @Test("the type is read in any case", arguments: ["filesystem", "FileSystem", "FILESYSTEM"])
  func type(_ type: String) throws {
    let configuration = try parse("type: \(type)\nconfig: {directory: /data, of_no_meaning: 1}")
    #expect(configuration.provider == .fileSystem(FileSystemConfiguration(directory: "/data")))
  }

  @Test(
    "slashes at both ends of the prefix are dropped",
    arguments: [
      ("", ""), ("a", "a"), ("/a/", "a"), ("//a/b//", "a/b"), ("/", ""), ("a//b", "a//b"),
    ])
  func prefix(_ text: String, _ expected: String) throws {
    #expect(try parse("type: FILESYSTEM\nprefix: \"\(text)\"\nconfig: {directory: d}").prefix == expected)
  }

  @Test(
    "numbers and booleans given for text are taken by their text",
    arguments: [
      ("12345", "12345"), ("007", "007"), ("1e3", "1e3"), ("true", "true"), ("on", "on"), ("\"null\"", "null"),
      ("2023-01-01", "2023-01-01"), ("0.10", "0.10"), ("!!str 5", "5"), ("'it''s'", "it's"), ("\"a\\tb\"", "a\tb"),
    ])
  func textOfScalars(_ yaml: String, _ expected: String) throws {
    #expect(try parseS3("  region: \(yaml)").region == expected)
  }

  @Test(
    "booleans as go-yaml has them",
    arguments: [
      ("true", true), ("True", true), ("yes", true), ("y", true), ("ON", true), ("false", false), ("No", false),
      ("n", false), ("off", false), ("!!bool true", true),
    ])
  func booleans(_ yaml: String, _ expected: Bool) throws {
    #expect(try parseS3("  insecure: \(yaml)").insecure == expected)
  }

  @Test(
    "whole numbers as go-yaml has them",
    arguments: [
      ("8388608", 8_388_608), ("8_388_608", 8_388_608), ("0x800000", 8_388_608), ("040000000", 8_388_608),
      ("0o40000000", 8_388_608), ("8.388608e+06", 8_388_608), ("+8388608", 8_388_608),
    ] as [(String, UInt64)])
  func numbers(_ yaml: String, _ expected: UInt64) throws {
    #expect(try parseS3("  part_size: \(yaml)").partSize == expected)
  }

  @Test("only the first document counts")
  func documents() throws {
    let text = "---\ntype: FILESYSTEM\nconfig:\n  directory: first\n---\ntype: {broken\n"
    #expect(try parse(text).provider == .fileSystem(FileSystemConfiguration(directory: "first")))
  }

  @Test("anchors and merge keys work, and a map's own keys win")
  func anchors() throws {
    let azure = try parse(
      """
      type: AZURE
      config:
        storage_account: &name acc
        container: *name
        pipeline_config: &pipeline {max_tries: 3, try_timeout: 5s}
        reader_config:
          max_retry_requests: 2
      """)
    guard case .azure(let configuration) = azure.provider else { throw Unexpected() }
    #expect(configuration.container == "acc" && configuration.pipeline.maximumTries == 3)
    let s3 = try parseS3(
      """
        put_user_metadata: &common {a: common, b: common}
        sse_config:
          type: SSE-KMS
          kms_key_id: k
          kms_encryption_context:
            b: own
            <<: *common
      """)
    #expect(s3.encryption == .kms(keyID: "k", context: ["a": "common", "b": "own"]))
  }

  @Test("a file is read as its text is")
  func file() throws {
    let folder = try TemporaryFolder()
    try AtomicFile.write(Array("type: FILESYSTEM\nconfig: {directory: $(DIR)}".utf8), to: folder.path + "/bucket.yaml")
    let configuration = try BucketConfiguration(file: folder.path + "/bucket.yaml", environment: ["DIR": "/x"])
    #expect(configuration.provider == .fileSystem(FileSystemConfiguration(directory: "/x")))
  }
}

private struct Unexpected: Error {}
