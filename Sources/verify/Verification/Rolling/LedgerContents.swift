import Platform
import TSDB

/// What a ledger holds: for each source its blocks with what is remembered of them.
struct LedgerContents: Equatable, Sendable {
  private(set) var sources: [String: [ULID: LedgerEntry]] = [:]
  /// The last look at each bucket as a whole.
  private(set) var wholes: [String: LedgerEntry.Check] = [:]

  init() {}

  /// Reads a ledger; a file that is empty, or not there, is one without blocks. Blocks.
  /// - Throws: `LedgerError`.
  init(_ path: String) throws(LedgerError) { try self.init(parsing: try Self.read(path) ?? [], of: path) }

  /// Lines that cannot be read are left out: the last one of a run that was killed.
  /// - Parameter path: for the error.
  /// - Throws: `LedgerError`.
  init(parsing bytes: [UInt8], of path: String) throws(LedgerError) {
    guard !bytes.isEmpty else { return }
    let lines = bytes.split(separator: 0x0A)
    guard let head = lines.first, let version = LedgerLine.version(ofHead: Array(head)) else {
      throw .noLedger(path)
    }
    guard version == LedgerLine.version else { throw .otherVersion(path, version) }
    for line in lines.dropFirst() {
      if let line = LedgerLine(Array(line)) { apply(line) }
    }
  }

  /// - Returns: `nil` if there is no such file.
  private static func read(_ path: String) throws(LedgerError) -> [UInt8]? {
    do throws(FileError) {
      return try OpenFile(path).readAll(limit: 1 << 32)
    } catch {
      if error.code == .notFound { return nil }
      throw .unusable(error)
    }
  }

  mutating func apply(_ line: LedgerLine) {
    guard let block = line.block else {
      if case .check(let check, _) = line.event { wholes[line.source] = check }
      return
    }
    var entry = sources[line.source]?[block] ?? LedgerEntry()
    switch line.event {
    case .known: break
    case .check(let check, let level): entry.add(check, at: level)
    case .tried(let time, let level): entry.addTry(time, at: level)
    }
    sources[line.source, default: [:]][block] = entry
  }

  /// Takes in the blocks that a source has now, and drops those that it has no more.
  mutating func update(_ source: String, blocks: [ULID]) {
    let old = sources[source] ?? [:]
    sources[source] = Dictionary(blocks.map { ($0, old[$0] ?? LedgerEntry()) }) { first, _ in first }
  }

  /// Blocks by whose turn it is: first those that were never checked at the level or a deeper one (the least checked
  /// and the oldest of them before the others), then by the time of the last check.
  /// - Parameter now: milliseconds since 1970.
  func order(_ blocks: [ULID], of source: String, level: VerificationLevel, now: Int64) -> [ULID] {
    let entries = sources[source] ?? [:]
    let keyed = blocks.map { block in
      let entry = entries[block]
      return (
        block: block, turn: entry?.lastTurn(atLeast: level, now: now) ?? .min,
        any: entry?.lastTurn(atLeast: .presence, now: now) ?? .min
      )
    }
    return keyed.sorted { ($0.turn, $0.any, $0.block) < ($1.turn, $1.any, $1.block) }.map(\.block)
  }

  /// See `Ledger.isGood`. The last try of a block must not have been in vain.
  func isGood(_ source: String, _ blocks: [ULID], level: VerificationLevel, now: Int64) -> Bool {
    let entries = sources[source] ?? [:]
    guard !entries.values.contains(where: { $0.worst > .note }), (wholes[source]?.worst ?? .note) == .note else {
      return false
    }
    return blocks.allSatisfy { block in
      guard let entry = entries[block], let checked = entry.lastCheck(atLeast: level, now: now) else { return false }
      return entry.lastTurn(atLeast: level, now: now) == checked
    }
  }

  /// Without what later lines have replaced.
  var bytes: [UInt8] {
    var bytes = LedgerLine.head
    for (source, blocks) in sources.sorted(by: { $0.key < $1.key }) {
      for (block, entry) in blocks.sorted(by: { $0.key < $1.key }) {
        // Deeper ones first: each line takes the place of those before it that are no deeper.
        let checks = entry.checks.sorted { $0.key > $1.key }.map { LedgerLine.Event.check($0.value, $0.key) }
        let tries = entry.tries.sorted { $0.key > $1.key }.map { LedgerLine.Event.tried($0.value, $0.key) }
        for event in checks + tries { bytes += LedgerLine(source: source, block: block, event).bytes }
        if checks.isEmpty, tries.isEmpty { bytes += LedgerLine(source: source, block: block, .known).bytes }
      }
    }
    for (source, check) in wholes.sorted(by: { $0.key < $1.key }) {
      bytes += LedgerLine(source: source, block: nil, .check(check, .presence)).bytes
    }
    return bytes
  }
}
