import Platform

/// Items in a frame that is a section by itself: symbols, and the rows of the offset tables.
protocol FramedItems: Sendable {
  /// What a fault calls an item: "the symbols end where…".
  static var wrongEnd: StaticString { get }

  init()
  mutating func begin(_ count: UInt64, _ context: inout IndexContext)
  /// Reads one item, whose bytes may not all be there: then what is thrown is of no account, and it is read again.
  /// - Parameter base: where the reader's bytes begin in the file.
  mutating func read(from reader: inout ByteReader, base: UInt64, _ context: inout IndexContext) throws(Fault)
  /// All items were read, or given up.
  /// - Parameter isIntact: whether the checksum is right, and nothing was malformed.
  mutating func end(isIntact: Bool, _ context: inout IndexContext)
}

/// A frame whose bytes come in windows: BE32 length, BE32 number of items, items, CRC-32C.
struct FramedSection<Items: FramedItems>: Sendable {
  /// Longer ones are none that any program wrote.
  private static var longestItem: Int { 16 << 20 }

  private enum Phase { case head, items, rest, checksum, padding }

  private var phase = Phase.head
  /// Bytes from the start of the file.
  private var payloadEnd: UInt64 = 0
  private var checksum: UInt32 = 0
  private var left: UInt64 = 0
  private var items = Items()
  /// What is wrong with the frame, or with an item; a wrong checksum goes before it.
  private var malformed: (fault: Fault, base: UInt64)?
  private var hasWrongLength = false
  /// Whether nothing more is said of what follows the frame.
  private var isOver = false

  /// Takes bytes of the section.
  /// - Parameter base: where they begin in the file.
  /// - Returns: how many were used; those that were not come again, with more behind them.
  mutating func take(_ bytes: RawSpan, at base: UInt64, sectionEnd: UInt64, _ context: inout IndexContext) -> Int {
    var place = 0
    while true {
      switch phase {
      case .head:
        guard takeHead(bytes, base, sectionEnd, &place, &context) else { return place }
      case .items:
        guard takeItems(bytes, base, &place, &context) else { return place }
      case .rest:
        let end = min(bytes.byteCount, Int(clamping: payloadEnd &- base))
        checksum = CRC32C.checksum(bytes.extracting(place..<end), after: checksum)
        place = end
        if base &+ UInt64(place) < payloadEnd { return place }
        phase = .checksum
      case .checksum:
        guard takeChecksum(bytes, base, &place, &context) else { return place }
      case .padding:
        if !isOver, let strange = bytes.firstNonZero(in: place..<bytes.byteCount) {
          isOver = true
          context.find(.indexPadding, at: base &+ UInt64(strange), "bytes that belong to nothing")
        }
        return bytes.byteCount
      }
    }
  }

  private mutating func takeHead(
    _ bytes: RawSpan, _ base: UInt64, _ sectionEnd: UInt64, _ place: inout Int, _ context: inout IndexContext
  ) -> Bool {
    guard sectionEnd &- base >= 12 else {
      context.find(Fault(.truncated, at: 0, expected: "a section of at least 12 bytes"), base: base)
      (phase, payloadEnd, place, isOver) = (.padding, sectionEnd, bytes.byteCount, true)
      return false
    }
    context.needed = 8
    guard bytes.byteCount >= 8 else { return false }
    var reader = ByteReader(bytes)
    guard let length = try? reader.uint32(), let count = try? reader.uint32() else { return false }
    payloadEnd = base &+ 4 &+ UInt64(length)
    // Up to 15 zeros may follow, to where the next section's entries are aligned.
    if length < 4 || payloadEnd &+ 4 > sectionEnd || sectionEnd &- payloadEnd &- 4 > 15 {
      // The section's end is known, by a checksum of its own, and with it where the frame ends.
      payloadEnd = sectionEnd &- 4
      hasWrongLength = true
      fail(Fault(.outOfRange, at: 0, expected: "the section's length", found: UInt64(length)), base)
    }
    checksum = CRC32C.checksum(bytes.extracting(4..<8))
    place = 8
    left = UInt64(count)
    items.begin(min(left, payloadEnd &- base &- 8), &context)
    phase = .items
    return true
  }

  private mutating func fail(_ fault: Fault, _ base: UInt64) {
    if malformed == nil { malformed = (fault, base) }
  }

  /// - Returns: whether the payload's end, or an item that breaks the format, was reached.
  private mutating func takeItems(
    _ bytes: RawSpan, _ base: UInt64, _ place: inout Int, _ context: inout IndexContext
  ) -> Bool {
    let end = min(bytes.byteCount, Int(clamping: payloadEnd &- base))
    let isWhole = base &+ UInt64(end) == payloadEnd
    var reader = ByteReader(bytes, in: place..<end)
    var done = place
    while left > 0 {
      do throws(Fault) {
        try items.read(from: &reader, base: base, &context)
        left &-= 1
        done = reader.position
      } catch {
        if !isWhole, end &- done < Self.longestItem {
          // Perhaps only its end has not come yet.
          context.needed = max(2 &* (end &- done), 64)
          checksum = CRC32C.checksum(bytes.extracting(place..<done), after: checksum)
          place = done
          return false
        }
        fail(error, base)
        break
      }
    }
    checksum = CRC32C.checksum(bytes.extracting(place..<done), after: checksum)
    place = done
    if malformed == nil || hasWrongLength, left == 0, base &+ UInt64(done) != payloadEnd {
      fail(Fault(.malformed, at: done, expected: Items.wrongEnd), base)
    }
    phase = .rest
    return true
  }

  private mutating func takeChecksum(
    _ bytes: RawSpan, _ base: UInt64, _ place: inout Int, _ context: inout IndexContext
  ) -> Bool {
    context.needed = 4
    guard bytes.byteCount &- place >= 4 else { return false }
    var reader = ByteReader(bytes, in: place..<place + 4)
    guard let stored = try? reader.uint32() else { return false }
    let matches = stored == checksum
    if !matches, !hasWrongLength {
      let fault = Fault(
        .checksumMismatch, at: place, expected: "the CRC-32C of the bytes before it", found: UInt64(stored))
      context.find(fault, base: base)
    } else if let malformed {
      context.find(malformed.fault, base: malformed.base)
    }
    items.end(isIntact: matches && (malformed == nil || hasWrongLength && left == 0), &context)
    place += 4
    phase = .padding
    return true
  }
}
