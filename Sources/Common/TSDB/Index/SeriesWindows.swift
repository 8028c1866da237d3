import Platform

/// Reads the series of an index while their bytes pass by, for an index that is not held in memory: its series are most
/// of it.
///
/// ```swift
/// var series = try SeriesWindows(index)
/// while let range = series.next { try series.take(bytes(of: range)) { entry in … } }
/// ```
///
/// - Memory: the window, and of the entries only the one at hand.
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

  private var alignment: UInt64 { isVersion1 ? 1 : 16 }

  private func aligned(_ offset: UInt64) -> UInt64 { (offset &+ alignment &- 1) & ~(alignment &- 1) }

  /// What to read next, in bytes from the start of the file; `nil` after the last series.
  public var next: Range<UInt64>? {
    let start = aligned(offset)
    return start < end ? start..<min(end, start &+ window) : nil
  }

  /// Takes the bytes of `next` and hands over the series that are whole in them.
  /// - Throws: a `TSDBError` at the first entry that breaks the format, or what `body` throws.
  public mutating func take(_ bytes: RawSpan, _ body: (borrowing SeriesEntry) throws -> Void) throws {
    let base = aligned(offset)
    guard bytes.byteCount > 0 else {
      throw TSDBError(code: .truncated, file: name, offset: base, expected: "as many bytes as the file had at first")
    }
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
}
