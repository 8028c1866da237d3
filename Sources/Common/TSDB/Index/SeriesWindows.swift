import Platform

/// Reads the series of an index while their bytes pass by, for an index that is not held in memory: its series are most
/// of it.
///
/// ```swift
/// var series = try SeriesWindows(index)
/// while let range = series.next { try series.take(bytes(of: range)) { entry in … } }
/// ```
///
/// All of them, or those that postings lists name.
///
/// - Memory: the window, and of the entries only the one at hand; 4 bytes a named series.
public struct SeriesWindows: Sendable {
  /// Longer entries are none that any program wrote.
  private static let largest: UInt64 = 64 << 20

  private let name: String
  private let bounds: SymbolBounds
  private let isVersion1: Bool
  private let end: UInt64
  /// Of the next byte to read, in bytes from the start of the file.
  private var offset: UInt64
  private let smallest: UInt64
  private var window: UInt64
  private var entry = SeriesEntry()
  private var named: NamedSeries?

  /// - Parameters:
  ///   - index: of which header, table of contents and the head of the symbol table are held.
  ///   - window: bytes to read at a time, if no entry is longer.
  public init(_ index: Index, window: UInt64 = 1 << 20) throws(TSDBError) {
    smallest = max(1, window)
    self.window = smallest
    let section = index.tableOfContents.range(of: .series)
    name = index.name
    bounds = try index.symbolBounds()
    isVersion1 = index.isVersion1
    offset = UInt64(section.lowerBound)
    end = UInt64(section.upperBound)
  }

  /// Reads some series alone.
  /// - Parameters:
  ///   - references: as postings lists have them, rising.
  ///   - gap: bytes between two of them that are rather read along than asked for apart.
  /// - Throws: `TSDBError` for a reference that is not into the series section.
  public init(_ index: Index, window: UInt64 = 1 << 20, only references: [UInt32], gap: UInt64) throws(TSDBError) {
    try self.init(index, window: window)
    do throws(Fault) {
      for reference in [references.first, references.last] {
        if let reference { _ = try index.offset(ofSeries: UInt64(reference)) }
      }
    } catch {
      throw TSDBError(error, in: name)
    }
    named = NamedSeries(references: references, alignment: alignment, gap: gap)
  }

  private var alignment: UInt64 { isVersion1 ? 1 : 16 }

  private func aligned(_ offset: UInt64) -> UInt64 { (offset &+ alignment &- 1) & ~(alignment &- 1) }

  /// What to read next, in bytes from the start of the file; `nil` after the last series.
  public var next: Range<UInt64>? {
    if let named { return named.next(window: window).map { $0.lowerBound..<min(end, $0.upperBound) } }
    let start = aligned(offset)
    return start < end ? start..<min(end, start &+ window) : nil
  }

  /// Takes the bytes of `next` and hands over the series that are whole in them.
  /// - Throws: a `TSDBError` at the first entry that breaks the format, or what `body` throws.
  public mutating func take(_ bytes: RawSpan, _ body: (borrowing SeriesEntry) throws -> Void) throws {
    let base = named?.offset ?? aligned(offset)
    guard bytes.byteCount > 0 else {
      throw TSDBError(code: .truncated, file: name, offset: base, expected: "as many bytes as the file had at first")
    }
    if named != nil { return try takeNamed(bytes, from: base, body) }
    let isLast = base &+ UInt64(bytes.byteCount) >= end
    var place = 0
    while place < bytes.byteCount {
      var reader = ByteReader(bytes, in: place..<bytes.byteCount)
      do throws(Fault) {
        try entry.read(from: &reader, sectionEnd: bytes.byteCount, symbols: bounds, checkingChecksum: true)
      } catch {
        // An entry that goes on behind the window looks like one that is damaged.
        if !isLast, place > 0 || window < Self.largest { break }
        throw TSDBError(error, in: name, base: base)
      }
      entry.offset = base &+ UInt64(place)
      entry.reference = isVersion1 ? entry.offset : entry.offset >> 4
      try body(entry)
      place = Int(aligned(base &+ UInt64(reader.position)) &- base)
    }
    window = place == 0 ? min(Self.largest, window &* 4) : smallest
    offset = base &+ UInt64(min(place, bytes.byteCount))
  }

  private mutating func takeNamed(
    _ bytes: RawSpan, from base: UInt64, _ body: (borrowing SeriesEntry) throws -> Void
  ) throws {
    var isFirst = true
    while let offset = named?.offset, offset &- base < UInt64(bytes.byteCount) {
      let place = Int(offset &- base)
      var reader = ByteReader(bytes, in: place..<bytes.byteCount)
      do throws(Fault) {
        try entry.read(from: &reader, sectionEnd: bytes.byteCount, symbols: bounds, checkingChecksum: true)
      } catch {
        let isCut = base &+ UInt64(bytes.byteCount) < end
        if isCut, !isFirst { return }
        if isCut, named?.widen(to: Self.largest) == true { return }
        throw TSDBError(error, in: name, base: base)
      }
      entry.offset = offset
      entry.reference = isVersion1 ? offset : offset >> 4
      try body(entry)
      named?.advance()
      isFirst = false
    }
  }
}

/// The series that postings lists name, and which of them come next.
private struct NamedSeries: Sendable {
  /// What is read from the start of an entry on; hardly one is longer.
  private static let usualEntry: UInt64 = 4 << 10

  let references: [UInt32]
  let alignment: UInt64
  let gap: UInt64
  private var taken = 0
  private var entry = usualEntry

  init(references: [UInt32], alignment: UInt64, gap: UInt64) {
    (self.references, self.alignment, self.gap) = (references, alignment, gap)
  }

  /// Of the next entry, in bytes from the start of the file.
  var offset: UInt64? { taken < references.count ? UInt64(references[taken]) &* alignment : nil }

  mutating func advance() {
    taken += 1
    entry = Self.usualEntry
  }

  /// Asks for more of the next entry, which was not whole.
  mutating func widen(to limit: UInt64) -> Bool {
    guard entry < limit else { return false }
    entry = entry &* 4
    return true
  }

  /// The next entries that lie close together.
  func next(window: UInt64) -> Range<UInt64>? {
    guard let start = offset else { return nil }
    var last = start
    for reference in references[(taken + 1)...] {
      let offset = UInt64(reference) &* alignment
      guard offset >= last, offset &- last <= gap, offset &- start &+ entry <= window else { break }
      last = offset
    }
    return start..<(last &+ entry)
  }
}
