import ObjectStore
import Platform
import Synchronization

/// Which bytes of a block's files are in the staging folder already, and of which version of the objects.
///
/// A line a fact, appended after the bytes themselves: `file <size> <modified> <etag> <path>` begins a file anew, `got
/// <from> <until> <path>` is a stretch of it. A line that a killed process left unfinished counts for nothing. After a
/// loss of power lines may have outlived their bytes: the files' hashes tell, and the file is fetched anew.
final class DownloadJournal: Sendable {
  private let file: WritableFile
  private let state: Mutex<State>

  private struct State {
    var end: UInt64
    /// By path.
    var files: [String: (version: String, stretches: [Range<UInt64>])]
  }

  /// Larger ones are none of ours. Bytes.
  private static let sizeLimit: UInt64 = 256 << 20

  /// Reads what an earlier run wrote. Blocks.
  init(_ file: WritableFile) throws(FileError) {
    self.file = file
    let reader = try file.reader()
    let bytes = reader.size <= Self.sizeLimit ? try reader.readAll(limit: Self.sizeLimit) : []
    let whole = bytes.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
    try file.resize(to: UInt64(whole))
    var files: [String: (version: String, stretches: [Range<UInt64>])] = [:]
    for line in bytes[..<whole].split(separator: 0x0A) {
      let words = line.split(separator: 0x20, maxSplits: 4).map { String(decoding: $0, as: UTF8.self) }
      if words.count == 5, words[0] == "file" {
        files[words[4]] = (words[1...3].joined(separator: " "), [])
      } else if words.count == 4, words[0] == "got", let from = UInt64(words[1]), let until = UInt64(words[2]),
        from < until
      {
        files[words[3]]?.stretches.append(from..<until)
      }
    }
    state = Mutex(State(end: UInt64(whole), files: files))
  }

  /// The bytes of a file that are there, of the version that the bucket has now: ascending, without overlaps.
  func stretches(of file: RestorableFile) -> [Range<UInt64>] {
    let found = state.withLock { $0.files[file.path] }
    guard let found, found.version == Self.version(file) else { return [] }
    var merged: [Range<UInt64>] = []
    for stretch in found.stretches.sorted(by: { $0.lowerBound < $1.lowerBound }) where stretch.upperBound <= file.size {
      if let last = merged.last, stretch.lowerBound <= last.upperBound {
        merged[merged.count - 1] = last.lowerBound..<max(last.upperBound, stretch.upperBound)
      } else {
        merged.append(stretch)
      }
    }
    return merged
  }

  /// Forgets what there was of a file. Blocks.
  func begin(_ file: RestorableFile) throws(FileError) {
    try append("file \(Self.version(file)) \(file.path)") { $0.files[file.path] = (Self.version(file), []) }
  }

  /// Notes bytes that have been written. Blocks.
  func add(_ stretch: Range<UInt64>, to file: RestorableFile) throws(FileError) {
    try append("got \(stretch.lowerBound) \(stretch.upperBound) \(file.path)") {
      $0.files[file.path]?.stretches.append(stretch)
    }
  }

  private func append(_ line: String, _ change: (inout State) -> Void) throws(FileError) {
    try state.withLock { state throws(FileError) in
      let bytes = Array((line + "\n").utf8)
      try unsafe file.write(bytes.span.bytes, at: state.end)
      state.end &+= UInt64(bytes.count)
      change(&state)
    }
  }

  /// What tells one version of an object from another. An ETag is the store's; only in a file of our own making could it
  /// hold a space or a newline, which must not become a line of the journal.
  private static func version(_ file: RestorableFile) -> String {
    let etag = (file.attributes.etag ?? "").utf8.map { byte in
      (0x21...0x7E).contains(byte) ? String(UnicodeScalar(byte)) : "?"
    }.joined()
    return "\(file.size) \(file.attributes.modified ?? 0) \(etag.isEmpty ? "-" : etag)"
  }
}
