/// `http_config`: how connections to a store are made, with Thanos' defaults. Proxies come from the environment.
public struct HTTPConfiguration: Equatable, Sendable {
  /// `idle_conn_timeout`: how long an unused connection is kept.
  public var idleConnectionTimeout: Duration = .seconds(90)
  /// `response_header_timeout`: from the end of the request to the first byte of the answer.
  public var responseHeaderTimeout: Duration = .seconds(120)
  /// `tls_handshake_timeout`.
  public var tlsHandshakeTimeout: Duration = .seconds(10)
  /// `expect_continue_timeout`: how long to wait for `100 Continue` before the body is sent anyway.
  public var expectContinueTimeout: Duration = .seconds(1)
  /// How long a connection may take to come about. Thanos has no key for it.
  public let connectTimeout: Duration = .seconds(30)
  /// `max_idle_conns`.
  public var maximumIdleConnections = 100
  /// `max_idle_conns_per_host`.
  public var maximumIdleConnectionsPerHost = 100
  /// `max_conns_per_host`: no limit at 0 and below.
  public var maximumConnectionsPerHost = 0
  /// `insecure_skip_verify`.
  public var insecureSkipVerify = false
  /// `disable_compression`.
  public var disableCompression = false
  /// `tls_config`.
  public var tls = TLSConfiguration()

  public init() {}

  /// Whether the store's certificate is checked: not when either of the two keys asks to leave that out.
  public var verifiesCertificates: Bool { !insecureSkipVerify && !tls.insecureSkipVerify }
}

/// `tls_config`: certificates for connections to a store. Files are paths, `""` for none.
public struct TLSConfiguration: Equatable, Sendable {
  /// `ca_file`: authorities to trust instead of the system's.
  public var caFile = ""
  /// `cert_file`: the client's own certificate; comes with `key_file`.
  public var certFile = ""
  /// `key_file`: the key to `cert_file`.
  public var keyFile = ""
  /// `server_name`: the name to expect in the certificate instead of the endpoint's.
  public var serverName = ""
  /// `insecure_skip_verify`.
  public var insecureSkipVerify = false

  public init() {}
}

extension HTTPConfiguration {
  init(from section: inout ConfigurationSection) throws(ConfigurationError) {
    try self.init(connectionsFrom: &section)
    var tlsSection = try section.section("tls_config")
    tls = try TLSConfiguration(from: &tlsSection)
    try section.finish()
  }

  /// All keys save `tls_config`, which OCI does not have. The caller finishes the section.
  init(connectionsFrom section: inout ConfigurationSection) throws(ConfigurationError) {
    idleConnectionTimeout = try section.duration("idle_conn_timeout", default: idleConnectionTimeout)
    responseHeaderTimeout = try section.duration("response_header_timeout", default: responseHeaderTimeout)
    tlsHandshakeTimeout = try section.duration("tls_handshake_timeout", default: tlsHandshakeTimeout)
    expectContinueTimeout = try section.duration("expect_continue_timeout", default: expectContinueTimeout)
    let range = Int64(Int32.min)...Int64(Int32.max)
    maximumIdleConnections = try section.int("max_idle_conns", default: maximumIdleConnections, in: range)
    maximumIdleConnectionsPerHost = try section.int(
      "max_idle_conns_per_host", default: maximumIdleConnectionsPerHost, in: range)
    maximumConnectionsPerHost = try section.int("max_conns_per_host", default: maximumConnectionsPerHost, in: range)
    insecureSkipVerify = try section.bool("insecure_skip_verify")
    disableCompression = try section.bool("disable_compression")
  }
}

extension TLSConfiguration {
  init(from section: inout ConfigurationSection) throws(ConfigurationError) {
    caFile = try section.string("ca_file")
    certFile = try section.string("cert_file")
    keyFile = try section.string("key_file")
    serverName = try section.string("server_name")
    insecureSkipVerify = try section.bool("insecure_skip_verify")
    try section.finish()
    if certFile.isEmpty != keyFile.isEmpty {
      let missing = certFile.isEmpty ? "cert_file" : "key_file"
      throw section.failure(.contradiction, missing, "missing; cert_file and key_file come together")
    }
  }
}
