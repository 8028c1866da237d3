import HTTP
import ObjectStore
import Testing

@Suite("Configuration: the other providers")
struct ConfigurationProvidersTests {
  @Test("every key of GCS arrives")
  func gcs() throws {
    var expected = GCSConfiguration()
    expected.bucket = "b"
    expected.serviceAccount = "{\n  \"type\": \"service_account\"\n}"
    expected.useGRPC = true
    expected.grpcConnectionPoolSize = 4
    expected.chunkSize = 1024
    expected.maximumRetries = 1
    expected.http.maximumIdleConnections = 5
    let text = """
      type: GCS
      config:
        bucket: b
        service_account: |-
          {
            "type": "service_account"
          }
        use_grpc: true
        grpc_conn_pool_size: 4
        chunk_size_bytes: 1024
        max_retries: 1
        http_config: {max_idle_conns: 5}
      """
    #expect(try parse(text).provider == .gcs(expected))
  }

  @Test("every key of AZURE arrives")
  func azure() throws {
    var expected = AzureConfiguration()
    expected.storageAccount = "a"
    expected.container = "c"
    expected.tenantID = "t"
    expected.clientID = "i"
    expected.clientSecret = "s"
    expected.createsContainer = false
    expected.endpoint = "e"
    expected.maximumRetries = 1
    expected.readerMaximumRetries = 2
    expected.pipeline.maximumTries = 3
    expected.pipeline.tryTimeout = .seconds(4)
    expected.pipeline.retryDelay = .milliseconds(5)
    expected.pipeline.maximumRetryDelay = .seconds(360)
    expected.http.insecureSkipVerify = true
    let text = """
      type: AZURE
      config:
        storage_account: a
        container: c
        az_tenant_id: t
        client_id: i
        client_secret: s
        storage_create_container: false
        endpoint: e
        max_retries: 1
        reader_config: {max_retry_requests: 2}
        pipeline_config: {max_tries: 3, try_timeout: 4s, retry_delay: 5ms, max_retry_delay: 6m}
        http_config: {insecure_skip_verify: true}
        msi_resource: ignored
      """
    #expect(try parse(text).provider == .azure(expected))
    #expect(AzureConfiguration().endpoint == "blob.core.windows.net" && AzureConfiguration().createsContainer)
  }

  @Test("every key of SWIFT arrives")
  func swift() throws {
    var expected = OpenStackSwiftConfiguration()
    expected.authVersion = 3
    expected.largeObjectChunkSize = 1 << 20
    expected.useDynamicLargeObjects = true
    expected.retries = 9
    expected.connectTimeout = .seconds(1)
    expected.timeout = .seconds(2)
    expected.http.disableCompression = true
    let paths: [(String, WritableKeyPath<OpenStackSwiftConfiguration, String>)] = [
      ("auth_url", \.authURL), ("username", \.username), ("user_id", \.userID), ("user_domain_name", \.userDomainName),
      ("user_domain_id", \.userDomainID), ("domain_id", \.domainID), ("domain_name", \.domainName),
      ("application_credential_id", \.applicationCredentialID),
      ("application_credential_name", \.applicationCredentialName), ("project_id", \.projectID),
      ("project_name", \.projectName), ("project_domain_id", \.projectDomainID),
      ("project_domain_name", \.projectDomainName), ("region_name", \.regionName), ("container_name", \.containerName),
      ("large_object_segments_container_name", \.largeObjectSegmentsContainerName),
    ]
    var text = "type: SWIFT\nconfig:\n  auth_version: 3\n  password: pw\n  application_credential_secret: acs\n"
    for (key, path) in paths {
      text += "  \(key): of-\(key)\n"
      expected[keyPath: path] = "of-\(key)"
    }
    expected.password = "pw"
    expected.applicationCredentialSecret = "acs"
    text += "  large_object_chunk_size: 1048576\n  use_dynamic_large_objects: true\n  retries: 9\n"
    text += "  connect_timeout: 1s\n  timeout: 2s\n  http_config: {disable_compression: true}\n"
    #expect(try parse(text).provider == .swift(expected))
    let defaults = OpenStackSwiftConfiguration()
    #expect(defaults.largeObjectChunkSize == 1_073_741_824 && defaults.retries == 3)
    #expect(defaults.connectTimeout == .seconds(10) && defaults.timeout == .seconds(300))
  }

  @Test("COS, ALIYUNOSS, BOS and OBS arrive")
  func s3Speakers() throws {
    var cos = COSConfiguration()
    (cos.bucket, cos.region, cos.appID, cos.secretID, cos.secretKey) = ("b", "r", "1250000000", "i", "k")
    #expect(
      try parse("type: COS\nconfig: {bucket: b, region: r, app_id: 1250000000, secret_id: i, secret_key: k}").provider
        == .cos(cos))
    cos = COSConfiguration()
    (cos.endpoint, cos.secretID, cos.secretKey) = ("https://b-1.cos.r.myqcloud.com", "i", "k")
    #expect(
      try parse("type: COS\nconfig: {endpoint: https://b-1.cos.r.myqcloud.com, secret_id: i, secret_key: k}").provider
        == .cos(cos))
    var oss = AliyunOSSConfiguration()
    (oss.endpoint, oss.bucket, oss.accessKeyID, oss.accessKeySecret) = ("e", "b", "i", "s")
    #expect(
      try parse("type: AliyunOSS\nconfig: {endpoint: e, bucket: b, access_key_id: i, access_key_secret: s}").provider
        == .aliyunOSS(oss))
    var bos = BOSConfiguration()
    (bos.endpoint, bos.bucket, bos.accessKey, bos.secretKey) = ("e", "b", "i", "s")
    #expect(
      try parse("type: BOS\nconfig: {endpoint: e, bucket: b, access_key: i, secret_key: s}").provider == .bos(bos))
    var obs = OBSConfiguration()
    (obs.endpoint, obs.bucket, obs.accessKey, obs.secretKey) = ("e", "b", "i", "s")
    obs.http.idleConnectionTimeout = .seconds(3)
    #expect(
      try parse(
        "type: OBS\nconfig: {endpoint: e, bucket: b, access_key: i, secret_key: s, "
          + "http_config: {idle_conn_timeout: 3s}}"
      ).provider == .obs(obs))
  }

  @Test("every key of OCI arrives")
  func oci() throws {
    var expected = OCIConfiguration()
    expected.credentials = .raw
    (expected.bucket, expected.compartmentOCID, expected.tenancyOCID) = ("b", "c", "t")
    (expected.userOCID, expected.region, expected.fingerprint) = ("u", "r", "f")
    (expected.privateKey, expected.passphrase) = ("-----BEGIN\nKEY-----\n", "p")
    (expected.partSize, expected.maximumRequestRetries, expected.requestRetryInterval) = (1 << 27, 3, .seconds(10))
    (expected.http.maximumConnectionsPerHost, expected.clientTimeout) = (7, .milliseconds(1500))
    let text = """
      type: OCI
      config:
        provider: RAW
        bucket: b
        compartment_ocid: c
        tenancy_ocid: t
        user_ocid: u
        region: r
        fingerprint: f
        privatekey: |
          -----BEGIN
          KEY-----
        passphrase: p
        part_size: 134217728
        max_request_retries: 3
        request_retry_interval: 10
        http_config: {max_conns_per_host: 7, client_timeout: 1.5s}
      """
    #expect(try parse(text).provider == .oci(expected))
    #expect(OCIConfiguration().clientTimeout == .seconds(90))
  }
}
