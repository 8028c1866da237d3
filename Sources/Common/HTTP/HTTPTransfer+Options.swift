internal import CCurl

extension HTTPTransfer {
  /// Sets up the easy handle for this request.
  func prepare(_ configuration: HTTPConfiguration, proxy: HTTPProxy?) throws(HTTPError) {
    try easy.attach(self)
    self.proxy = proxy
    try setRequest(configuration)
    try setConnection(configuration, proxy: proxy)
    if request.url.secure { try setTLS(configuration) }
  }

  private func setRequest(_ configuration: HTTPConfiguration) throws(HTTPError) {
    var lines = request.headers.fields.map { $0.value.isEmpty ? "\($0.name);" : "\($0.name): \($0.value)" }
    switch request.method {
    case .head: try easy.set(CURLOPT_NOBODY, 1)
    case .get: try easy.set(CURLOPT_HTTPGET, 1)
    case .delete: try easy.set(CURLOPT_CUSTOMREQUEST, request.method.rawValue)
    case .put, .post:
      try easy.set(CURLOPT_UPLOAD, 1)
      try easy.set(CURLOPT_CUSTOMREQUEST, request.method.rawValue)
      try easy.set(offset: Int64(clamping: request.body.size), CURLOPT_INFILESIZE_LARGE)
      // libcurl asks `Expect: 100-continue` of every upload. A store that does not know it makes each wait for the
      // time-out, which is worth it only where a refusal would come after a long body.
      let patience = milliseconds(configuration.expectContinueTimeout)
      if patience > 0, request.body.size > 1 << 20 {
        try easy.set(CURLOPT_EXPECT_100_TIMEOUT_MS, patience)
      } else {
        lines.append("Expect:")
      }
    }
    if request.headers["Host"] == nil { lines.append("Host: \(request.url.authority)") }
    try easy.set(CURLOPT_HTTPHEADER, lines)
    try easy.set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
    try easy.set(CURLOPT_PATH_AS_IS, 1)
    try easy.set(CURLOPT_BUFFERSIZE, 256 << 10)
    try easy.set(CURLOPT_UPLOAD_BUFFERSIZE, 512 << 10)
  }

  private func setConnection(_ configuration: HTTPConfiguration, proxy: HTTPProxy?) throws(HTTPError) {
    var url = request.url
    if url.secure, !configuration.tls.serverName.isEmpty {
      // libcurl takes the name it expects in the certificate from the address, so that name stands there and the
      // connection is sent to the endpoint.
      url.host = configuration.tls.serverName
      let port = url.port ?? 443
      try easy.set(CURLOPT_CONNECT_TO, ["\(url.host):\(port):\(request.url.host):\(port)"])
    }
    try easy.set(CURLOPT_URL, url.text)
    try easy.set(CURLOPT_NOSIGNAL, 1)
    try easy.set(CURLOPT_FOLLOWLOCATION, 0)
    try easy.set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
    try easy.set(CURLOPT_TCP_NODELAY, 1)
    let handshake = url.secure ? milliseconds(configuration.tlsHandshakeTimeout) : 0
    try easy.set(CURLOPT_CONNECTTIMEOUT_MS, milliseconds(configuration.connectTimeout) + handshake)
    let idle = milliseconds(configuration.idleConnectionTimeout) / 1000
    // 0 is "no limit" in the configuration and "none at all" for libcurl.
    try easy.set(CURLOPT_MAXAGE_CONN, configuration.idleConnectionTimeout == .zero ? 1 << 30 : max(1, idle))
    try setProxy(proxy)
  }

  /// Always in full, so that libcurl looks at no variable itself.
  private func setProxy(_ proxy: HTTPProxy?) throws(HTTPError) {
    try easy.set(CURLOPT_PROXY, proxy?.address ?? "")
    try easy.set(CURLOPT_NOPROXY, proxy == nil ? "*" : "")
    if let user = proxy?.user { try easy.set(CURLOPT_PROXYUSERNAME, user) }
    if let password = proxy?.password { try easy.set(CURLOPT_PROXYPASSWORD, password) }
  }

  private func setTLS(_ configuration: HTTPConfiguration) throws(HTTPError) {
    let tls = configuration.tls
    if !tls.caFile.isEmpty {
      try easy.set(CURLOPT_CAINFO, tls.caFile)
      // The file takes the place of the system's authorities, which libcurl would go on to look for in their folder.
      try easy.clear(CURLOPT_CAPATH)
    }
    if !tls.certFile.isEmpty { try easy.set(CURLOPT_SSLCERT, tls.certFile) }
    if !tls.keyFile.isEmpty { try easy.set(CURLOPT_SSLKEY, tls.keyFile) }
    if !configuration.verifiesCertificates {
      try easy.set(CURLOPT_SSL_VERIFYPEER, 0)
      try easy.set(CURLOPT_SSL_VERIFYHOST, 0)
    }
  }

  private func milliseconds(_ duration: Duration) -> Int {
    let whole = max(.zero, min(duration, .seconds(1 << 30)))
    return Int(whole / .milliseconds(1))
  }
}
