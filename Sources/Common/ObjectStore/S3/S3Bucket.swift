import HTTP
public import Logging
internal import Platform

/// A bucket in S3 or in a store that speaks its protocol.
public struct S3Bucket: Bucket {
  public let location: String
  public let name: String
  let client: S3Client
  let multipart: S3Multipart
  let layout: S3PartLayout
  let encryption: S3Encryption
  let checksums: S3Checksums
  /// Content type, metadata and storage class of what is written.
  let objectFields: HTTPHeaders
  let listsV1: Bool
  let errors: S3ErrorReasons

  /// Makes no connection yet.
  ///
  /// - Parameters:
  ///   - traffic: requests at a time and bytes a second, for all of the bucket's objects together.
  ///   - environment: gives the value of a variable: credentials and proxies.
  /// - Throws: `BucketError` for an endpoint that is no host, a bucket's name that is none, or an encryption key that
  ///   is none; `FileError` when its file cannot be read.
  public init(
    _ configuration: S3Configuration, logger: Logger, traffic: Traffic = Traffic(),
    environment: (@Sendable (String) -> String?)? = nil
  ) throws {
    var policy = RetryPolicy()
    if configuration.maximumRetries > 0 { policy.attempts = configuration.maximumRetries }
    try self.init(
      configuration, logger: logger, traffic: traffic, environment: environment ?? Environment.value, policy: policy)
  }

  init(
    _ configuration: S3Configuration, logger: Logger, traffic: Traffic = Traffic(),
    environment: @escaping @Sendable (String) -> String?,
    policy: RetryPolicy, stall: Duration = .seconds(60), minimumPart: UInt64 = S3PartLayout.minimumPart
  ) throws {
    let location = "s3://\(configuration.bucket) at \(configuration.endpoint)"
    self.location = location
    name = configuration.bucket
    guard let endpoint = S3Endpoint(configuration) else {
      let fault = S3Configuration.fault(inEndpoint: configuration.endpoint).map { "`endpoint`: \($0)" }
      throw BucketError(
        .unreachable, in: location, fault ?? "`bucket`: \(S3Configuration.fault(inBucket: configuration.bucket) ?? "")")
    }
    let http: HTTPClient
    do {
      http = try HTTPClient(
        configuration.http, stall: stall, rates: HTTPRateLimits(bytesPerSecond: traffic.bytesPerSecond),
        environment: environment)
    } catch {
      throw BucketError(.unreachable, in: location, "\(error)", cause: error)
    }
    let surroundings = CredentialSurroundings(
      configuration, regionInHost: endpoint.regionInHost, environment: environment)
    // Unsigned where there is nothing to sign with, as minio-go does; AWS' own SDK does not.
    let credentials = CredentialHolder(
      S3CredentialChain(configuration, surroundings), allowsAnonymous: !configuration.awsSDKAuth,
      configurationKey: "access_key", now: surroundings.now, logger: logger)
    client = S3Client(
      configuration, endpoint: endpoint, credentials: credentials, policy: policy, http: http,
      requests: traffic.requests, logger: logger)
    encryption = try S3Encryption(configuration, location: location)
    checksums = S3Checksums(isWanted: !encryption.keepsETags, logger: logger)
    layout = S3PartLayout(
      partSize: configuration.partSize, disablesMultipart: configuration.disableMultipart, minimum: minimumPart)
    objectFields = Self.fields(configuration)
    listsV1 = configuration.listObjectsVersion == .v1
    errors = S3ErrorReasons(location: location, credentials: credentials)
    multipart = S3Multipart(
      client: client, encryption: encryption, objectFields: objectFields, checksums: checksums)
  }

  /// Fields of every object that is written. Metadata gets its `x-amz-meta-` unless it is a field of the protocol.
  private static func fields(_ configuration: S3Configuration) -> HTTPHeaders {
    let standard = [
      "content-type", "cache-control", "content-encoding", "content-disposition", "content-language", "expires",
    ]
    var headers = HTTPHeaders([("Content-Type", "application/octet-stream")])
    for (name, value) in configuration.userMetadata.sorted(by: { $0.key < $1.key }) {
      let lower = name.lowercased()
      let isField = standard.contains(lower) || lower.hasPrefix("x-amz-") || lower.hasPrefix("x-minio-")
      headers[isField ? name : "x-amz-meta-\(name)"] = value
    }
    if let storageClass = configuration.storageClass { headers["x-amz-storage-class"] = storageClass }
    return headers
  }

  /// Runs one of the protocol's operations and turns what it throws into `BucketError`.
  func operation<Value: Sendable>(
    _ action: S3Action, key: String?, _ body: () async throws -> Value
  ) async throws -> Value {
    do {
      return try await body()
    } catch {
      throw errors.error(error, doing: action, key: key)
    }
  }

  // MARK: Bucket

  public func attributes(of key: String) async throws -> ObjectAttributes {
    try await operation(.head, key: key) {
      guard checksums.isTaken else { return try await head(key) }
      do {
        return try await head(key, checksums: true)
      } catch StoreFailure.refused(let refusal) where [400, 403, 501].contains(refusal.status) {
        // The field is unknown to the store, or needs kms:Decrypt. If it is neither, this is refused as well.
        return try await head(key)
      }
    }
  }

  public func delete(_ key: String) async throws {
    try await operation(.delete, key: key) {
      do {
        _ = try await client.send(StoreRequest(method: .delete, key: key))
      } catch StoreFailure.refused(let refusal) where refusal.status == 404 && refusal.code != "NoSuchBucket" {
        return
      }
    }
  }

  /// - Parameter checksums: whether the object's checksum is asked for.
  func head(_ key: String, checksums: Bool = false) async throws -> ObjectAttributes {
    var request = StoreRequest(method: .head, key: key)
    request.headers = encryption.reading
    if checksums { request.headers.add(S3Checksums.modeField, "ENABLED") }
    do {
      let response = try await client.send(request)
      var attributes = try AnswerFields.attributes(response.head, size: response.head.contentLength)
      if checksums { attributes.checksum = S3Checksums.checksum(in: response.head) }
      return attributes
    } catch StoreFailure.refused(let refusal) where refusal.code.isEmpty {
      return try await explain(refusal, of: request)
    }
  }

  /// The answer to HEAD has no body and thus no reason. The same question as GET, for one byte, gets one: a missing
  /// bucket looks different from a missing object, a wrong key from a missing permission.
  private func explain(_ refusal: StoreRefusal, of head: StoreRequest) async throws -> ObjectAttributes {
    var request = head
    request.method = .get
    request.headers["Range"] = "bytes=0-0"
    do {
      let response = try await client.send(request, limit: 1 << 20)
      // It has come into being in between.
      let total = response.headers["Content-Range"].flatMap(AnswerFields.totalSize) ?? response.head.contentLength
      return try AnswerFields.attributes(response.head, size: total)
    } catch StoreFailure.refused(let reason) where !reason.code.isEmpty && reason.status != 416 {
      throw StoreFailure.refused(reason)
    } catch is StoreFailure {
      throw StoreFailure.refused(refusal)
    }
  }
}
