import HTTP

/// Reads `http_config` of a bucket configuration.
extension HTTPConfiguration {
  init(from section: inout ConfigurationSection) throws(ConfigurationError) {
    try self.init(connectionsFrom: &section)
    var tlsSection = try section.section("tls_config")
    tls = try TLSConfiguration(from: &tlsSection)
    try section.finish()
  }

  /// All keys save `tls_config`, which OCI does not have. The caller finishes the section.
  init(connectionsFrom section: inout ConfigurationSection) throws(ConfigurationError) {
    self.init()
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

/// Reads `tls_config` of a bucket configuration.
extension TLSConfiguration {
  init(from section: inout ConfigurationSection) throws(ConfigurationError) {
    self.init()
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
