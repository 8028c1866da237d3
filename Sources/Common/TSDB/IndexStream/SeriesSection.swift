import Platform

/// The series of an index as they pass by: each entry at a multiple of 16 (in version 1: anywhere), zeros in between.
///
/// An entry with a wrong checksum may have a wrong length, and then nothing tells where the next one begins. If an
/// entry with a right checksum begins inside of the damaged one, its length was wrong. Otherwise it is believed, and
/// where it leads to no entry either, the next one with a right checksum is looked for. The damage is reported once.
struct SeriesSection: Sendable {
  /// Longer ones are none that any program wrote: 64 MiB.
  private static let longestEntry = 64 << 20
  /// Of entries that are looked for.
  private static let longestCandidate = 1 << 20

  private enum State { case following, afterDamage, lost }

  private var state = State.following
  private var entry = SeriesEntry()
  private var rules = SeriesRules()
  /// End of the gap in which something else than zeros was found.
  private var reportedGap: UInt64 = 0
  /// Bytes that may still be looked at in search of an entry, which bounds the time that hostile bytes take.
  private var searchable = 256 << 20

  init() {}

  /// See `FramedSection.take`.
  mutating func take(
    _ bytes: RawSpan, at base: UInt64, sectionEnd: UInt64, _ context: inout IndexContext,
    _ visit: (borrowing SeriesEntry) -> Void
  ) -> Int {
    let alignment = context.isVersion1 ? 1 : 16
    let end = Int(clamping: sectionEnd &- base)
    var place = 0
    while true {
      let start = Self.align(base, place, alignment)
      takeGap(bytes, base, start, &place, &context)
      if start >= bytes.byteCount { return min(place, bytes.byteCount) }
      if state == .lost, searchable <= 0 { return bytes.byteCount }
      switch look(bytes, at: start, end, longest: state == .lost ? Self.longestCandidate : Self.longestEntry) {
      case .more(let needed):
        context.needed = needed
        return start
      case .entry(let range):
        if accept(bytes, base, start, range, &context) { visit(entry) }
        state = .following
        place = range.upperBound + 4
      case .wrong(let fault, let range):
        guard let next = pass(bytes, base, fault, range, start, alignment, end, &context) else { return start }
        place = next
      }
    }
  }

  private static func align(_ base: UInt64, _ place: Int, _ alignment: Int) -> Int {
    let mask = UInt64(alignment &- 1)
    return Int(clamping: (base &+ UInt64(place) &+ mask) & ~mask &- base)
  }

  private mutating func takeGap(
    _ bytes: RawSpan, _ base: UInt64, _ start: Int, _ place: inout Int, _ context: inout IndexContext
  ) {
    let end = min(start, bytes.byteCount)
    let gap = base &+ UInt64(start)
    if end > place, state == .following, gap != reportedGap, let strange = bytes.firstNonZero(in: place..<end) {
      reportedGap = gap
      context.find(.indexPadding, at: base &+ UInt64(strange), "no zeros up to the next series entry")
    }
    place = max(place, end)
  }

  private enum Sight {
    /// As many bytes are needed to tell.
    case more(Int)
    /// The body of an entry with a right checksum.
    case entry(Range<Int>)
    /// What is wrong, and the body if its length can be right.
    case wrong(Fault, Range<Int>?)
  }

  /// Looks at what would be an entry.
  /// - Parameter end: of the section, as places in `bytes` count, which may end before it.
  private func look(_ bytes: RawSpan, at start: Int, _ end: Int, longest: Int) -> Sight {
    let isWhole = end <= bytes.byteCount
    guard isWhole || bytes.byteCount &- start >= 10 else { return .more(10) }
    var reader = ByteReader(bytes, in: start..<bytes.byteCount)
    do throws(Fault) {
      let body = try SeriesEntry.body(at: &reader, sectionEnd: end)
      guard body.count <= longest else {
        throw Fault(.tooLarge, at: start, expected: "a series entry of at most 64 MiB", found: UInt64(body.count))
      }
      guard body.upperBound &+ 4 <= bytes.byteCount else { return .more(body.upperBound &+ 4 &- start) }
      reader.move(to: body.lowerBound)
      do throws(Fault) {
        try reader.checksum(of: body.count, verifying: true)
      } catch {
        let expected: StaticString = "a series entry with the CRC-32C that stands behind it"
        return .wrong(Fault(error.code, at: start, expected: expected, found: error.found), body)
      }
      return .entry(body)
    } catch {
      return .wrong(error, nil)
    }
  }

  /// - Returns: whether the entry can be read.
  private mutating func accept(
    _ bytes: RawSpan, _ base: UInt64, _ start: Int, _ body: Range<Int>, _ context: inout IndexContext
  ) -> Bool {
    var reader = ByteReader(bytes, in: start..<bytes.byteCount)
    do throws(Fault) {
      try entry.read(
        from: &reader, sectionEnd: body.upperBound &+ 4, symbols: context.symbols.bounds, checkingChecksum: false)
    } catch {
      context.seriesAreIntact = false
      context.series.insert(base &+ UInt64(start))
      // Without its symbol table no reference can be right.
      if context.symbols.isIntact { context.find(error, base: base) }
      return false
    }
    entry.offset = base &+ UInt64(start)
    entry.reference = context.isVersion1 ? entry.offset : entry.offset >> 4
    rules.check(entry, &context)
    return true
  }

  /// Passes over an entry that is damaged.
  /// - Returns: where to go on; `nil` if more bytes are needed.
  private mutating func pass(
    _ bytes: RawSpan, _ base: UInt64, _ fault: Fault, _ body: Range<Int>?, _ start: Int, _ alignment: Int, _ end: Int,
    _ context: inout IndexContext
  ) -> Int? {
    if state == .lost || state == .afterDamage && !isShapedRight(bytes, start, body, context) {
      state = .lost
      searchable &-= alignment &+ (body?.count ?? 0)
      return start + alignment
    }
    let stop = body.map { $0.upperBound &+ 4 } ?? min(start &+ alignment, end)
    var inside: Int?
    for place in stride(from: start &+ alignment, to: stop, by: alignment) {
      if searchable <= 0 { break }
      searchable &-= alignment
      switch look(bytes, at: place, end, longest: Self.longestCandidate) {
      case .more(let needed):
        context.needed = place &+ needed &- start
        return nil
      case .entry: inside = place
      case .wrong(_, let body): searchable &-= body?.count ?? 0
      }
      if inside != nil { break }
    }
    context.seriesAreIntact = false
    context.find(fault, base: base)
    state = inside == nil && body == nil ? .lost : .afterDamage
    return inside ?? stop
  }

  /// Whether the bytes of a damaged entry still have the shape of one, so that there is one indeed.
  private mutating func isShapedRight(
    _ bytes: RawSpan, _ start: Int, _ body: Range<Int>?, _ context: IndexContext
  ) -> Bool {
    guard let body else { return false }
    var reader = ByteReader(bytes, in: start..<bytes.byteCount)
    let symbols = context.symbols.bounds
    return (try? entry.read(
      from: &reader, sectionEnd: body.upperBound &+ 4, symbols: symbols, checkingChecksum: false)) != nil
  }
}
