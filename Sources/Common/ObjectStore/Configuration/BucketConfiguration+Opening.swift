public import Logging

extension BucketConfiguration {
  /// The bucket that is configured. Nothing is asked of the store yet: whether it is there, and lets one in, shows at
  /// the first call.
  /// - Throws: `ConfigurationError` with `.unsupported` for types that this version does not work with, with `.wrongValue`
  ///   for a prefix that no directory can hold.
  public func open(logger: Logger, traffic: Traffic = Traffic()) throws -> any Bucket {
    let bucket: any Bucket
    switch provider {
    case .fileSystem(let configuration):
      guard prefix.isEmpty || FolderKey.isValid(prefix) else {
        throw ConfigurationError(
          .wrongValue, in: place.name, key: "prefix",
          "it leads out of the directory: none of its parts between slashes may be empty, '.' or '..'")
      }
      bucket = FileSystemBucket(directory: configuration.directory, traffic: traffic)
    case .s3(let configuration): bucket = try S3Bucket(configuration, logger: logger, traffic: traffic)
    case .gcs:
      throw unsupported("use type S3 with endpoint storage.googleapis.com and an HMAC key of the bucket's project")
    case .azure: throw unsupported("use type FILESYSTEM with a mounted container")
    case .swift: throw unsupported("use type S3 with the cluster's S3 endpoint, if it has one")
    case .cos:
      throw unsupported("use type S3 with endpoint cos.<region>.myqcloud.com and bucket_lookup_type virtual-hosted")
    case .aliyunOSS:
      throw unsupported("use type S3 with endpoint oss-<region>.aliyuncs.com and bucket_lookup_type virtual-hosted")
    case .bos: throw unsupported("use type S3 with endpoint s3.<region>.bcebos.com")
    case .oci:
      throw unsupported(
        "use type S3 with endpoint <namespace>.compat.objectstorage.<region>.oraclecloud.com and a customer secret key")
    case .obs: throw unsupported("use type S3 with the same endpoint and bucket_lookup_type virtual-hosted")
    }
    return prefix.isEmpty ? bucket : PrefixedBucket(bucket, prefix: prefix)
  }

  private func unsupported(_ instead: String) -> ConfigurationError {
    ConfigurationError(
      .unsupported, in: place.name, line: place.line, key: "type",
      "type \(provider.typeName) is not supported yet; \(instead)")
  }
}
