/// How connections to a host are made. The defaults are those of Thanos' `http_config`, whose keys are named here.
/// Proxies come from the environment.
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

  /// Whether the host's certificate is checked: not when either of the two keys asks to leave that out.
  public var verifiesCertificates: Bool { !insecureSkipVerify && !tls.insecureSkipVerify }
}

/// Certificates for connections to a host (`tls_config`). Files are paths, `""` for none.
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
