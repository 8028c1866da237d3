public import TSDB

/// What is known of one block after its check.
public struct BlockReport: Sendable {
  public let ulid: ULID
  public var files: [FileReport] = []
  public var findings: [Finding] = []
  /// What could not be looked at, because the network, a disk or a permission was in the way: this says nothing of the
  /// block, good or bad.
  public var unfinished: [Unfinished] = []
  /// Bytes read from disk and bucket together.
  public var bytesRead: UInt64 = 0
  /// How long the check of the block took.
  public var seconds = 0.0
  /// Chunks whose CRC-32C was computed.
  public var chunksChecked: UInt64 = 0

  public init(_ ulid: ULID) { self.ulid = ulid }

  /// The severity of the worst finding, `nil` for none.
  public var worst: Finding.Severity? { findings.map(\.severity).max() }

  /// Nothing worse than a note, nothing left out and nothing unproved.
  public var isGood: Bool { state == .good }

  mutating func find(
    _ id: Finding.ID, file: String, offset: UInt64? = nil, _ message: String
  ) {
    findings.append(Finding(id, block: ulid, file: file, offset: offset, message))
  }

  /// What is known of a file, by the bytes of its path: keys that only look alike are two objects.
  func file(_ path: String) -> FileReport? { place(of: path).map { files[$0] } }

  private func place(of path: String) -> Int? { files.firstIndex { $0.path.utf8.elementsEqual(path.utf8) } }

  /// Adds what more is known of a file.
  mutating func add(_ evidence: Set<FileReport.Evidence>, to path: String, size: UInt64) {
    if let place = place(of: path) {
      files[place].evidence.formUnion(evidence)
    } else {
      files.append(FileReport(path: path, size: size, evidence: evidence))
    }
  }

  /// Adds the hash of a file that has been entered.
  mutating func add(sha256: String, to path: String) { change(path) { $0.sha256 = sha256 } }

  /// Enters that nothing but a file's size is known.
  mutating func markUnproved(_ path: String) { change(path) { $0.isUnproved = true } }

  private mutating func change(_ path: String, _ change: (inout FileReport) -> Void) {
    if let place = place(of: path) { change(&files[place]) }
  }

  /// Takes in faults of the block's files, each under the ID of its kind.
  mutating func take(_ faults: FaultList) {
    for fault in faults.all {
      findings.append(
        Finding(
          Finding.ID(fault.kind), block: ulid, file: fault.file, offset: fault.offset, series: fault.series,
          fault.message, occurrences: fault.occurrences))
    }
  }

  /// Takes in what a check finds.
  mutating func collect(_ check: (inout FaultList) -> Void) {
    var faults = FaultList()
    check(&faults)
    take(faults)
  }

  /// Takes in a fault of the format under the ID that fits the file it is in.
  mutating func find(_ error: TSDBError, malformed: Finding.ID, checksum: Finding.ID) {
    let id = error.code == .checksumMismatch ? checksum : malformed
    let found = error.found.map { ", found \($0)" } ?? ""
    find(id, file: error.file, offset: error.offset, "expected \(error.expected)\(found)")
  }
}

extension BlockReport {
  /// What is to be said of a file of the block.
  public enum Verdict: String, Sendable {
    case good
    case bad = "BAD"
    case missing = "MISSING"
    /// Nothing but its size is known.
    case unproved
    /// It could not be looked at.
    case unfinished
  }

  /// Every file that was looked at or looked for, by path.
  public var verdicts: [(file: FileReport, verdict: Verdict)] {
    var worst: [[UInt8]: Verdict] = [:]
    for finding in findings where finding.severity > .note {
      let path = Array(path(inBlock: finding.file).utf8)
      let isMissing = finding.id == .missingFile || finding.id == .missingObject
      // Missing on one side says more than anything else about the file.
      worst[path] = isMissing || worst[path] == .missing ? .missing : .bad
    }
    for path in unfinished.map({ Array(path(inBlock: $0.file).utf8) }) where worst[path] == nil {
      worst[path] = .unfinished
    }
    for file in files where file.isUnproved { worst[Array(file.path.utf8)] = worst[Array(file.path.utf8)] ?? .unproved }
    let seen = Set(files.map { Array($0.path.utf8) })
    let unseen = worst.keys.filter { !seen.contains($0) }.map { String(decoding: $0, as: UTF8.self) }
    let all = files + unseen.map { FileReport(path: $0, size: 0, evidence: []) }
    return all.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }.map {
      ($0, worst[Array($0.path.utf8)] ?? .good)
    }
  }

  /// Findings name a file by its path on disk or its key; both end in the path inside the block.
  func path(inBlock file: String) -> String {
    // By bytes: a mark that combines with the slash would hide it.
    let (bytes, folder) = (Array(file.utf8), Array("\(ulid)/".utf8))
    guard bytes.count >= folder.count else { return file }
    let start = (0...(bytes.count - folder.count)).last { bytes[$0..<($0 + folder.count)].elementsEqual(folder) }
    return start.map { String(decoding: bytes[($0 + folder.count)...], as: UTF8.self) } ?? file
  }
}

/// A file or object that could not be looked at to the end.
public struct Unfinished: Equatable, Sendable {
  /// The path or key.
  public let file: String
  /// Why, in words.
  public let reason: String

  public init(file: String, reason: String) {
    self.file = file
    self.reason = reason
  }
}

/// One file of a block, and what its state is known by.
public struct FileReport: Equatable, Sendable {
  /// Relative to the block: `chunks/000001`.
  public let path: String
  /// Bytes, on the side that was looked at; in the bucket when both were.
  public let size: UInt64
  public internal(set) var evidence: Set<Evidence>
  /// Of the bytes that were read, in hexadecimal; `nil` if not all of them were, or nobody asked for it.
  public internal(set) var sha256: String?
  /// Whether its content was to be proved, and could not be without a download.
  public internal(set) var isUnproved = false

  public init(path: String, size: UInt64, evidence: Set<Evidence>, sha256: String? = nil) {
    self.path = path
    self.size = size
    self.evidence = evidence
    self.sha256 = sha256
  }

  /// How a file was looked at.
  public enum Evidence: String, Comparable, CaseIterable, Sendable {
    /// Its size is the one expected.
    case size
    /// The object's ETag is the one that the local file has, cut into the same parts.
    case etag
    /// The checksum that the store keeps of the whole object is the one of the local file, or the one in meta.json.
    case storedChecksum = "stored-checksum"
    /// The SHA-256 of the bytes read is the one in meta.json.
    case sha256
    /// Every byte was read: of a file that is held against a local one, and is equal to it, and of meta.json.
    case read
    /// Every CRC-32C inside it was computed from the bytes read.
    case crc32c

    public static func < (left: Evidence, right: Evidence) -> Bool { left.rank < right.rank }
    private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
  }
}
