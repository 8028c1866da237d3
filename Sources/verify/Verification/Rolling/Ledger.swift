import Console
import Platform
import Synchronization
import TSDB

/// `--ledger`: which blocks were checked when, at which level, with what outcome.
///
/// Written anew, in one step, when the blocks of the source are known; after that a line is added for each block. So a
/// process that is killed leaves a ledger that lacks at most the block in hand.
final class Ledger: Sendable {
  private struct State: Sendable {
    var contents: LedgerContents
    var file: AppendFile?
  }

  let path: String
  private let lock: FileLock
  private let state: Mutex<State>

  /// The file that stands for a ledger's use: not the ledger itself, which is replaced.
  static func lockPath(of path: String) -> String { path + ".lock" }

  /// Opens a ledger for this run alone, or begins one. Blocks.
  /// - Parameter path: a link is followed, and not replaced.
  /// - Throws: `LedgerError`.
  init(_ path: String) throws(LedgerError) {
    let path = Directory.destination(of: path) ?? path
    self.path = path
    // Before anything is made beside it.
    if let status = try? Directory.status(of: path), status.kind != .file { throw .notAFile(path) }
    do {
      lock = try FileLock(Self.lockPath(of: path))
    } catch let error as FileLock.Held {
      throw .inUse(path, pid: error.pid)
    } catch {
      throw .unusable(error)
    }
    AtomicFile.removeStale(in: AtomicFile.folder(of: path))
    let contents = try LedgerContents(path)
    state = Mutex(State(contents: contents, file: nil))
    // Whether it can be written comes out now, and not after the first block.
    do throws(FileError) { try AtomicFile.write(contents.bytes, to: path) } catch { throw .unusable(error) }
  }

  /// Lets the next run have it.
  func release() { lock.release() }

  /// Takes in the blocks of a source and says whose turn it is first. Blocks.
  /// - Parameters:
  ///   - blocks: those that are to be checked.
  ///   - all: every block that the source has now, and those that it has no more are forgotten; `nil` if they are not
  ///     known.
  ///   - now: milliseconds since 1970.
  /// - Throws: `LedgerError`.
  func begin(
    _ source: String, _ blocks: [ULID], of all: [ULID]?, level: VerificationLevel, now: Int64
  ) throws(LedgerError) -> [ULID] {
    do {
      return try state.withLock { state in
        if let all { state.contents.update(source, blocks: all) }
        try AtomicFile.write(state.contents.bytes, to: path)
        state.file = try AppendFile(path)
        return state.contents.order(blocks, of: source, level: level, now: now)
      }
    } catch {
      throw .unusable(error)
    }
  }

  /// Remembers the check of a block. One that could not look at everything does not count as a check. Blocks.
  /// - Parameter now: milliseconds since 1970.
  /// - Throws: `FileError`.
  func add(_ report: BlockReport, from source: String, level: VerificationLevel, now: Int64) throws(FileError) {
    try add(LedgerLine(source: source, block: report.ulid, Self.event(of: report, level: level, now: now)))
  }

  /// Remembers a look at the bucket as a whole, unless it could not look at everything. Blocks.
  /// - Parameter now: milliseconds since 1970.
  /// - Throws: `FileError`.
  func add(_ report: BucketReport, from source: String, now: Int64) throws(FileError) {
    guard report.unfinished.isEmpty else { return }
    let check = LedgerEntry.Check(time: now, findings: Self.counts(report.findings))
    try add(LedgerLine(source: source, block: nil, .check(check, .presence)))
  }

  private func add(_ line: LedgerLine) throws(FileError) {
    try state.withLock { state throws(FileError) in
      state.contents.apply(line)
      try state.file?.append(line.bytes.dropLast(), durably: true)
    }
  }

  /// Whether nothing above a note stands against any block of a source, and each of `blocks` has been checked to its
  /// end at the level or a deeper one.
  /// - Parameter now: milliseconds since 1970.
  func isGood(_ source: String, _ blocks: [ULID], level: VerificationLevel, now: Int64) -> Bool {
    state.withLock { $0.contents.isGood(source, blocks, level: level, now: now) }
  }

  private static func event(of report: BlockReport, level: VerificationLevel, now: Int64) -> LedgerLine.Event {
    guard report.unfinished.isEmpty else { return .tried(now, level) }
    return .check(.init(time: now, findings: counts(report.findings)), level)
  }

  /// How often each kind was found, by its ID.
  private static func counts(_ findings: [Finding]) -> [String: Int] {
    Dictionary(findings.map { ($0.id.rawValue, $0.occurrences) }, uniquingKeysWith: +)
  }
}

/// A ledger that cannot be used, in one line that says what to do.
enum LedgerError: ErrorWithExitStatus, CustomStringConvertible {
  case inUse(String, pid: Int32?)
  case noLedger(String)
  case notAFile(String)
  case otherVersion(String, Int64)
  case missing(String)
  case unusable(any Error)

  var exitStatus: ExitStatus {
    switch self {
    case .inUse: .unfinished
    case .noLedger, .notAFile, .otherVersion, .missing, .unusable: .usage
    }
  }

  var description: String {
    switch self {
    case .inUse(let path, let pid):
      "--ledger: another run\(pid.map { ", pid \($0)," } ?? "") is at work with it (\(path).lock);"
        + " wait for its end, or stop it"
    case .noLedger(let path): "--ledger: \(path) is something else than a ledger of verify: give another file"
    case .notAFile(let path): "--ledger: \(path) is no regular file; give a file that can be read and written"
    case .otherVersion(let path, let version):
      "--ledger: \(path) is of version \(version), this program knows version \(LedgerLine.version): use a newer one"
    case .missing(let path): "--ledger: there is no \(path); a run of verify with --ledger begins one"
    case .unusable(let error): "--ledger: \(error); give a file that can be read and written"
    }
  }
}
