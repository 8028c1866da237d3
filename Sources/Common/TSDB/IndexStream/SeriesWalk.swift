/// Goes through the series section of an index that was found good once more, in pieces.
struct SeriesWalk: Sendable {
  private let bounds: SymbolBounds
  private let alignment: UInt64
  private var entry = SeriesEntry()
  /// Of the next byte to read.
  private(set) var offset: UInt64
  private let end: UInt64
  private var window: UInt64 = 256 << 10

  init(_ findings: IndexFindings) {
    bounds = findings.context.symbols.bounds
    alignment = findings.context.isVersion1 ? 1 : 16
    offset = findings.seriesRange.lowerBound
    end = findings.seriesRange.upperBound
  }

  var isAtEnd: Bool { (offset &+ alignment &- 1) & ~(alignment &- 1) >= end }

  /// What to read next.
  var range: Range<UInt64> { offset..<min(end, offset &+ window) }

  /// Takes the bytes of `range` and hands over the entries that are whole in them.
  mutating func take(_ bytes: [UInt8], _ body: (borrowing SeriesEntry) -> Void) {
    var place = 0
    while true {
      let start = Int((offset &+ UInt64(place) &+ alignment &- 1) & ~(alignment &- 1) &- offset)
      guard start < bytes.count else { break }
      var reader = ByteReader(bytes.rawBytes, in: start..<bytes.count)
      do throws(Fault) {
        try entry.read(from: &reader, sectionEnd: bytes.count, symbols: bounds, checkingChecksum: false)
      } catch {
        break
      }
      entry.offset = offset &+ UInt64(start)
      body(entry)
      place = reader.position
    }
    if place == 0 {
      // A longer entry; or the file has changed since.
      if window > 64 << 20 || UInt64(bytes.count) < window { offset = end } else { window *= 4 }
    }
    offset &+= UInt64(place)
  }
}
