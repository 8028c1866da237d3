public import HTTP

/// `config` of type OCI (Oracle), with Thanos' defaults.
public struct OCIConfiguration: Equatable, Sendable {
  public var credentials: CredentialsProvider = .default
  public var bucket = ""
  public var compartmentOCID = ""
  public var tenancyOCID = ""
  public var userOCID = ""
  public var region = ""
  public var fingerprint = ""
  public var privateKey: Secret = ""
  public var passphrase: Secret = ""
  /// Bytes; 0 for the client's own default.
  public var partSize: UInt64 = 0
  public var maximumRequestRetries = 0
  /// `request_retry_interval`, whole seconds.
  public var requestRetryInterval: Duration = .zero
  public var http = HTTPConfiguration()
  /// `http_config.client_timeout`: for a whole request.
  public var clientTimeout: Duration = .seconds(90)

  /// `provider`: where the credentials come from.
  public enum CredentialsProvider: String, CaseIterable, Sendable {
    /// `~/.oci/config`.
    case `default`
    case instancePrincipal = "instance-principal"
    /// From this configuration: tenancy, user, region, fingerprint and private key are then required.
    case raw
    case okeWorkloadIdentity = "oke-workload-identity"
  }

  public init() {}
}

extension OCIConfiguration {
  init(from section: inout ConfigurationSection) throws(ConfigurationError) {
    let provider = try section.string("provider").lowercased()
    bucket = try section.string("bucket")
    compartmentOCID = try section.string("compartment_ocid")
    tenancyOCID = try section.string("tenancy_ocid")
    userOCID = try section.string("user_ocid")
    region = try section.string("region")
    fingerprint = try section.string("fingerprint")
    privateKey = try section.secret("privatekey")
    passphrase = try section.secret("passphrase")
    partSize = try section.bytes("part_size")
    maximumRequestRetries = try section.int("max_request_retries", in: 0...Int64(Int32.max))
    requestRetryInterval = .seconds(try section.int("request_retry_interval", in: 0...Int64(Int32.max)))
    var httpSection = try section.section("http_config")
    http = try HTTPConfiguration(connectionsFrom: &httpSection)
    clientTimeout = try httpSection.goDuration("client_timeout", default: clientTimeout)
    try httpSection.finish()
    try section.finish()
    let providers = CredentialsProvider.allCases.map(\.rawValue).joined(separator: ", ")
    try section.require("provider", !provider.isEmpty, "where the credentials come from: one of \(providers)")
    guard let credentials = CredentialsProvider(rawValue: provider) else {
      throw section.failure(
        .wrongValue, "provider", "expected one of \(providers), found \"\(section.text.shown(provider))\"")
    }
    self.credentials = credentials
    try section.require("bucket", !bucket.isEmpty, "the bucket's name")
    if credentials == .raw { try requireKey(in: section) }
  }

  private func requireKey(in section: ConfigurationSection) throws(ConfigurationError) {
    let reason = "as provider raw needs it"
    try section.require("tenancy_ocid", !tenancyOCID.isEmpty, "the tenancy's OCID, \(reason)")
    try section.require("user_ocid", !userOCID.isEmpty, "the user's OCID, \(reason)")
    try section.require("region", !region.isEmpty, "the region's name, \(reason)")
    try section.require("fingerprint", !fingerprint.isEmpty, "the key's fingerprint, \(reason)")
    try section.require("privatekey", !privateKey.isEmpty, "the private key in PEM form, \(reason)")
  }
}
