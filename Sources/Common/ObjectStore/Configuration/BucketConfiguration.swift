/// Where the bucket is and how to get in: what every Thanos component takes as `--objstore.config-file`.
public struct BucketConfiguration: Equatable, Sendable {
  /// `prefix`, without slashes at either end; `""` for the whole bucket.
  public var prefix: String
  public var provider: Provider
  /// Where `type` was read, for errors; no part of what the configuration says.
  var place = Place()

  public init(prefix: String = "", provider: Provider) {
    self.prefix = prefix
    self.provider = provider
  }

  /// A configuration's name, and a line in it.
  struct Place: Sendable {
    var name = "bucket configuration"
    var line: Int?
  }

  public static func == (a: Self, b: Self) -> Bool { a.prefix == b.prefix && a.provider == b.provider }

  /// `type`, with its `config`.
  public enum Provider: Equatable, Sendable {
    case s3(S3Configuration)
    case fileSystem(FileSystemConfiguration)
    case gcs(GCSConfiguration)
    case azure(AzureConfiguration)
    case swift(OpenStackSwiftConfiguration)
    case cos(COSConfiguration)
    case aliyunOSS(AliyunOSSConfiguration)
    case bos(BOSConfiguration)
    case oci(OCIConfiguration)
    case obs(OBSConfiguration)
  }
}

extension BucketConfiguration.Provider {
  /// The word for it in `type`.
  public var typeName: String {
    switch self {
    case .s3: "S3"
    case .fileSystem: "FILESYSTEM"
    case .gcs: "GCS"
    case .azure: "AZURE"
    case .swift: "SWIFT"
    case .cos: "COS"
    case .aliyunOSS: "ALIYUNOSS"
    case .bos: "BOS"
    case .oci: "OCI"
    case .obs: "OBS"
    }
  }
}
