public import HTTP

/// `config` of type S3, with Thanos' defaults.
public struct S3Configuration: Equatable, Sendable {
  public var bucket = ""
  /// Host with an optional port, without a scheme. Required.
  public var endpoint = ""
  /// `""` where it is to be found out.
  public var region = ""
  /// Comes with `secretKey`; both empty for the chain of environment, shared file and IAM.
  public var accessKey = ""
  public var secretKey: Secret = ""
  public var sessionToken: Secret = ""
  /// `aws_sdk_auth`: the credentials chain of AWS' own SDK. Excludes `access_key`.
  public var awsSDKAuth = false
  /// Plain HTTP.
  public var insecure = false
  /// `signature_version2`: sign as AWS did before 2014, for old stores.
  public var signatureVersion2 = false
  public var disableDualstack = false
  /// `put_user_metadata` as written, save `X-Amz-Storage-Class`, which is `storageClass`.
  public var userMetadata: [String: String] = [:]
  /// `X-Amz-Storage-Class` (any case) of `put_user_metadata`.
  public var storageClass: String?
  public var http = HTTPConfiguration()
  /// `trace.enable`: log each request and response at debug, secrets redacted.
  public var traces = false
  public var listObjectsVersion: ListObjectsVersion = .v2
  public var bucketLookup: BucketLookup = .auto
  /// `send_content_md5`.
  public var sendsContentMD5 = true
  public var disableMultipart = false
  /// Bytes, 64 MiB.
  public var partSize: UInt64 = 64 << 20
  public var encryption: Encryption = .none
  /// `sts_endpoint`: `""` for AWS' own.
  public var stsEndpoint = ""
  /// 0 for the client's own default.
  public var maximumRetries = 0

  /// `list_objects_version`.
  public enum ListObjectsVersion: String, CaseIterable, Sendable {
    case v1, v2
  }

  /// `bucket_lookup_type`: where the bucket's name stands in the address.
  public enum BucketLookup: String, CaseIterable, Sendable {
    case auto
    case virtualHosted = "virtual-hosted"
    case path
  }

  /// `sse_config`: encryption by the store.
  public enum Encryption: Equatable, Sendable {
    case none
    /// `SSE-S3`: with the store's own keys.
    case s3
    /// `SSE-KMS`: with a key of the key management service.
    case kms(keyID: String, context: [String: String])
    /// `SSE-C`: with a key sent along; `keyFile` holds its 32 bytes.
    case customerKey(keyFile: String)
  }

  public init() {}

  public init(bucket: String, endpoint: String, accessKey: String, secretKey: Secret) {
    self.bucket = bucket
    self.endpoint = endpoint
    self.accessKey = accessKey
    self.secretKey = secretKey
  }
}
