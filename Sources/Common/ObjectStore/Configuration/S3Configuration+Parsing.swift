import HTTP

extension S3Configuration {
  init(from section: inout ConfigurationSection) throws(ConfigurationError) {
    bucket = try section.string("bucket")
    endpoint = try section.string("endpoint")
    region = try section.string("region")
    disableDualstack = try section.bool("disable_dualstack")
    awsSDKAuth = try section.bool("aws_sdk_auth")
    accessKey = try section.string("access_key")
    insecure = try section.bool("insecure")
    signatureVersion2 = try section.bool("signature_version2")
    secretKey = try section.secret("secret_key")
    sessionToken = try section.secret("session_token")
    let metadata = try section.strings("put_user_metadata")
    var httpSection = try section.section("http_config")
    http = try HTTPConfiguration(from: &httpSection)
    var traceSection = try section.section("trace")
    traces = try traceSection.bool("enable")
    try traceSection.finish()
    listObjectsVersion = try section.choice("list_objects_version", default: listObjectsVersion)
    bucketLookup = try section.choice("bucket_lookup_type", default: bucketLookup)
    sendsContentMD5 = try section.bool("send_content_md5", default: sendsContentMD5)
    disableMultipart = try section.bool("disable_multipart")
    partSize = try section.bytes("part_size", default: partSize)
    var encryptionSection = try section.section("sse_config")
    encryption = try Encryption(from: &encryptionSection)
    stsEndpoint = try section.string("sts_endpoint")
    maximumRetries = try section.int("max_retries", in: 0...Int64(Int32.max))
    try section.finish()
    try take(metadata, of: section)
    try validate(in: section)
  }

  private mutating func take(
    _ metadata: [(key: String, value: String)], of section: ConfigurationSection
  ) throws(ConfigurationError) {
    for (key, value) in metadata {
      if key.lowercased() != "x-amz-storage-class" {
        userMetadata[key] = value
      } else if storageClass == nil {
        storageClass = value
      } else {
        throw section.failure(
          .contradiction, "put_user_metadata", "X-Amz-Storage-Class is given twice; keep one of them")
      }
    }
  }

  private func validate(in section: ConfigurationSection) throws(ConfigurationError) {
    try section.require(
      "endpoint", !endpoint.isEmpty, "the store's host and port, without a scheme: s3.eu-central-1.amazonaws.com")
    try section.require("bucket", !bucket.isEmpty, "the bucket's name")
    if endpoint.contains("/") {
      throw section.failure(
        .wrongValue, "endpoint",
        "expected host and port only, without scheme and path; `insecure: true` asks for plain HTTP")
    }
    if awsSDKAuth, !accessKey.isEmpty {
      throw section.failure(.contradiction, "aws_sdk_auth", "excludes access_key; keep one of them")
    }
    if accessKey.isEmpty != secretKey.isEmpty {
      throw section.failure(
        .contradiction, accessKey.isEmpty ? "access_key" : "secret_key",
        "missing; access_key and secret_key come together (leave out both for the environment, the shared file or IAM)"
      )
    }
    let sizes: ClosedRange<UInt64> = 5 << 20...5 << 30
    if partSize != 0, !sizes.contains(partSize) {
      throw section.failure(.wrongValue, "part_size", "expected 5 MiB to 5 GiB (5242880 to 5368709120), as S3 allows")
    }
  }
}

extension S3Configuration.Encryption {
  private enum Kind: String, CaseIterable {
    case s3 = "SSE-S3"
    case kms = "SSE-KMS"
    case customerKey = "SSE-C"
  }

  init(from section: inout ConfigurationSection) throws(ConfigurationError) {
    let kind: Kind? = try section.string("type").isEmpty ? nil : section.choice("type", default: Kind.s3)
    let keyID = try section.string("kms_key_id")
    let context = try section.strings("kms_encryption_context")
    let keyFile = try section.string("encryption_key")
    try section.finish()
    switch kind {
    case nil: self = .none
    case .s3: self = .s3
    case .kms:
      try section.require("kms_key_id", !keyID.isEmpty, "the key's ID or ARN, as SSE-KMS needs it")
      self = .kms(keyID: keyID, context: Dictionary(context.map { ($0.key, $0.value) }) { first, _ in first })
    case .customerKey:
      try section.require(
        "encryption_key", !keyFile.isEmpty, "the path of a file with the 32-byte key, as SSE-C needs it")
      self = .customerKey(keyFile: keyFile)
    }
  }
}
