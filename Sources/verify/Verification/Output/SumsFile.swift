import Platform
import TSDB

/// `--sums`: the SHA-256 of everything that was read, for `sha256sum -c`.
///
/// Names begin with the block's, so that they hold in the data folder and as keys of the bucket; but for those of
/// tombstones, which uploaders leave out.
struct SumsFile: ReportSink {
  private let file: OutputFile

  /// Blocks.
  /// - Throws: `UnwritableOutput`.
  init(_ path: String) throws(UnwritableOutput) { file = try OutputFile(path, option: "--sums") }

  mutating func add(_ report: BlockReport) async throws {
    let files = report.files.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
    let lines = files.reduce(into: "") { lines, file in
      if let sum = file.sha256 { lines += Self.line(of: "\(report.ulid)/\(file.path)", sha256: sum) }
    }
    if !lines.isEmpty { try await write(lines) }
  }

  mutating func finish(_ end: RunEnd) async throws {
    // Every line of it is true, but somebody could take them for all there are.
    if end.interruption != nil { try await write("# ended early: not every block was checked\n") }
    try await BlockingPool.shared.run { [file] in try file.commit() }
  }

  private func write(_ text: String) async throws {
    try await BlockingPool.shared.run { [file] in try file.write(Array(text.utf8)) }
  }

  /// A line as coreutils writes it: where a name has a backslash or an end of line in it, these are escaped, and the
  /// line begins with a backslash to say so.
  static func line(of name: String, sha256: String) -> String {
    var escaped = String.UnicodeScalarView()
    for scalar in name.unicodeScalars {
      switch scalar {
      case "\\": escaped.append(contentsOf: "\\\\".unicodeScalars)
      case "\n": escaped.append(contentsOf: "\\n".unicodeScalars)
      case "\r": escaped.append(contentsOf: "\\r".unicodeScalars)
      default: escaped.append(scalar)
      }
    }
    let text = String(escaped)
    return "\(text.utf8.count == name.utf8.count ? "" : "\\")\(sha256)  \(text)\n"
  }
}
