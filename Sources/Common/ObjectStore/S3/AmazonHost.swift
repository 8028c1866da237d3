/// A host name of S3 at AWS: which region it is for, and what another region's is called.
///
/// Source: "Amazon Simple Storage Service endpoints and quotas", AWS General Reference; which of them give way to the
/// region's own, minio-go `api.go` (makeTargetURL), through which Thanos goes.
struct AmazonHost: Equatable, Sendable {
  /// `nil` in the global ones.
  let region: String?
  /// Whether it must stay as it is: FIPS, PrivateLink and accelerated addresses were chosen for what they are.
  let isFixed: Bool

  /// - Parameter host: lower-case.
  /// - Returns: `nil` for a host that is none of AWS'.
  init?(_ host: String) {
    guard let suffix = [".amazonaws.com.cn", ".amazonaws.com"].first(where: host.hasSuffix) else { return nil }
    let labels = host.dropLast(suffix.count).split(separator: ".")
    region = labels.lazy.compactMap(Self.region).first
      ?? (labels.last == "s3-external-1" ? "us-east-1" : nil)
    let isPlain = labels.first == "s3" || labels.first == "s3-external-1" || labels.first.flatMap(Self.region) != nil
    isFixed = !isPlain || labels.contains("vpce")
  }

  /// `eu-west-1`, `us-gov-east-1`: alone, or after `s3-` as old names have it.
  private static func region(_ label: Substring) -> String? {
    let label = label.hasPrefix("s3-") ? label.dropFirst(3) : label
    let parts = label.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count >= 3, parts[0].count == 2, let number = parts.last, !number.isEmpty,
      number.allSatisfy(\.isNumber)
    else { return nil }
    return String(label)
  }

  /// The host of a region, in its partition: GovCloud has the names of all others, China a top-level domain of its own.
  static func host(in region: String, dualstack: Bool) -> String {
    "s3.\(dualstack ? "dualstack." : "")\(region).amazonaws.com\(region.hasPrefix("cn-") ? ".cn" : "")"
  }
}
