import CZlib
import Fixtures

/// The lines of a dump that promtool printed.
enum GoldenLines {
  struct Unreadable: Error {
    let path: String
  }

  /// - Parameter name: of a file in the golden folder.
  static func of(_ name: String) throws -> [Substring] {
    let path = "\(Fixtures.root)/golden/\(name)"
    guard let file = unsafe gzopen(path, "rb") else { throw Unreadable(path: path) }
    defer { unsafe _ = gzclose(file) }
    var text: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = unsafe gzread(file, &buffer, UInt32(buffer.count))
      guard count >= 0 else { throw Unreadable(path: path) }
      if count == 0 { break }
      text += buffer[..<Int(count)]
    }
    return String(decoding: text, as: UTF8.self).split(separator: "\n")
  }

  /// The labels of a line.
  static func series(of line: Substring) -> Substring { line.firstRange(of: "} ").map { line[..<$0.upperBound] } ?? line }
}
