/// The front of a request or an answer, as far as a proxy has to understand it.
struct HTTPMessageHead {
  /// As they came, the empty line included.
  let bytes: [UInt8]
  private let firstLine: [Substring]
  private let fields: [(name: String, value: String)]
  private var hasNoBody = false

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\r\n")
    firstLine = (lines.first ?? "").split(separator: " ", maxSplits: 2)
    fields = lines.dropFirst().compactMap { line in
      guard let colon = line.firstIndex(of: ":") else { return nil }
      return (line[..<colon].lowercased(), line[line.index(after: colon)...].drop { $0 == " " }.lowercased())
    }
  }

  private func value(_ name: String) -> String? { fields.first { $0.name == name }?.value }

  /// Of an answer; 0 for a request.
  var status: Int { firstLine.count > 1 ? Int(firstLine[1]) ?? 0 : 0 }
  /// Of a request.
  var method: String { firstLine.first.map(String.init) ?? "" }
  /// Of a request: path and query.
  var target: String { firstLine.count > 1 ? String(firstLine[1]) : "" }
  var isHead: Bool { method == "HEAD" }
  /// `Content-Length`, bytes.
  var length: Int? { hasNoBody ? 0 : value("content-length").flatMap { Int($0) } }
  var isChunked: Bool { value("transfer-encoding")?.contains("chunked") == true }
  var closes: Bool { value("connection")?.contains("close") == true }
  var expectsContinue: Bool { !hasNoBody && value("expect") == "100-continue" }

  /// The same request, its body having been dealt with.
  var withoutBody: HTTPMessageHead {
    var copy = self
    copy.hasNoBody = true
    return copy
  }

  /// The head with another length, and nothing of chunks.
  func bytes(withLength length: Int) -> [UInt8] {
    let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\r\n").filter { line in
      let name = line.prefix { $0 != ":" }.lowercased()
      return name != "content-length" && name != "transfer-encoding"
    }
    return Array((lines.joined(separator: "\r\n") + "\r\nContent-Length: \(length)\r\n\r\n").utf8)
  }
}
