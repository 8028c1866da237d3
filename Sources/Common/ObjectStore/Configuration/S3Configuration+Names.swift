import HTTP

extension S3Configuration {
  /// What is wrong with a bucket's name; `nil` for one that may be.
  ///
  /// The rules are minio-go's `CheckValidBucketName`, which Thanos goes by: looser than AWS', so that old buckets and
  /// those of other stores are let in, and strict enough for an address.
  static func fault(inBucket name: String) -> String? {
    let bytes = Array(name.utf8)
    guard (3...63).contains(bytes.count) else { return "a bucket's name has 3 to 63 characters" }
    func isAlphanumeric(_ byte: UInt8) -> Bool {
      0x30...0x39 ~= byte || 0x41...0x5A ~= byte & 0xDF && byte < 0x80
    }
    guard bytes.allSatisfy({ isAlphanumeric($0) || ".-_:".utf8.contains($0) }) else {
      return "a bucket's name holds letters, digits, `.`, `-` and `_` only; a path below it goes into `prefix`"
    }
    guard let first = bytes.first, let last = bytes.last, isAlphanumeric(first), isAlphanumeric(last) else {
      return "a bucket's name begins and ends with a letter or digit"
    }
    for pair in ["..", ".-", "-."]
    where zip(bytes, bytes.dropFirst()).contains(where: { [$0, $1] == Array(pair.utf8) }) {
      return "a bucket's name does not hold `\(pair)`"
    }
    let labels = name.split(separator: ".", omittingEmptySubsequences: false)
    if labels.count == 4, labels.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy { 0x30...0x39 ~= $0 } }) {
      return "a bucket's name is no IP address; the host goes into `endpoint`"
    }
    return nil
  }

  /// What is wrong with an endpoint; `nil` for a host with an optional port.
  static func fault(inEndpoint text: String) -> String? {
    if text.contains("/") {
      return "expected host and port only, without scheme and path; `insecure: true` asks for plain HTTP"
    }
    if HTTPURL.hostAndPort(text) != nil { return nil }
    if !text.hasPrefix("["), text.utf8.count(where: { $0 == UInt8(ascii: ":") }) > 1 {
      return "expected an IPv6 address in brackets, as in \"[::1]:9000\""
    }
    let host = text.prefix { $0 != ":" }
    return !text.hasPrefix("[") && HTTPURL.hostAndPort(String(host)) != nil
      ? "expected a port from 1 to 65535 after the colon"
      : "expected a host with an optional port, as in 127.0.0.1:9000"
  }
}
