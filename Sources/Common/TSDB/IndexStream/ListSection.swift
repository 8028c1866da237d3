import Platform

/// The postings lists, or the label indices of old files, as they pass by: frames at multiples of 4, zeros in between.
///
/// Where a length cannot be right, the next list is looked for: the next place where a length and a number of
/// references agree with each other, as the rising references inside of a list never do.
struct ListSection: Sendable {
  enum Kind: Sendable { case postings, labelIndices }

  private enum Phase { case between, references, checksum }

  private let kind: Kind
  private var phase = Phase.between
  /// Between a length that cannot be right and the next list.
  private var isLost = false
  /// End of the gap in which something else than zeros was found.
  private var reportedGap: UInt64 = 0
  private var list = List()

  private struct List: Sendable {
    var offset: UInt64 = 0
    var left: UInt64 = 0
    var checksum: UInt32 = 0
    var sum: UInt64 = 0
    var previous: UInt32?
    var unsorted = 0
    var dangling: (first: UInt32, count: Int)?
  }

  init(_ kind: Kind) { self.kind = kind }

  /// Of the length and what stands before the references.
  private var headSize: Int { kind == .postings ? 8 : 12 }

  /// See `FramedSection.take`.
  mutating func take(_ bytes: RawSpan, at base: UInt64, sectionEnd: UInt64, _ context: inout IndexContext) -> Int {
    var place = 0
    while true {
      switch phase {
      case .between:
        guard takeHead(bytes, base, sectionEnd, &place, &context) else { return place }
      case .references:
        takeReferences(bytes, &place, &context)
        guard list.left == 0 else { return place }
        phase = .checksum
      case .checksum:
        context.needed = 4
        guard bytes.byteCount &- place >= 4 else { return place }
        takeChecksum(bytes, base, &place, &context)
        phase = .between
      }
    }
  }

  /// - Returns: whether a list begins.
  private mutating func takeHead(
    _ bytes: RawSpan, _ base: UInt64, _ sectionEnd: UInt64, _ place: inout Int, _ context: inout IndexContext
  ) -> Bool {
    while true {
      let start = Int(clamping: (base &+ UInt64(place) &+ 3) & ~3 &- base)
      takeGap(bytes, base, start, &place, &context)
      if start >= bytes.byteCount { return false }
      let left = sectionEnd &- base &- UInt64(start)
      if left < UInt64(headSize + 4) {
        if !isLost {
          context.find(Fault(.truncated, at: start, expected: "a whole list before the section's end"), base: base)
        }
        place = bytes.byteCount
        return false
      }
      context.needed = headSize
      guard bytes.byteCount &- start >= headSize else { return false }
      place = start
      if let count = count(bytes, start, left) {
        isLost = false
        list = List()
        list.offset = base &+ UInt64(start)
        list.left = count
        list.checksum = CRC32C.checksum(bytes.extracting(start + 4..<start + headSize))
        place = start + headSize
        phase = .references
        return true
      }
      if !isLost {
        isLost = true
        let fault = Fault(.malformed, at: start, expected: "a list whose length and number of entries agree")
        context.find(fault, base: base)
      }
      place = start + 4
    }
  }

  private mutating func takeGap(
    _ bytes: RawSpan, _ base: UInt64, _ start: Int, _ place: inout Int, _ context: inout IndexContext
  ) {
    let end = min(start, bytes.byteCount)
    let gap = base &+ UInt64(start)
    if end > place, !isLost, gap != reportedGap, let strange = bytes.firstNonZero(in: place..<end) {
      reportedGap = gap
      context.find(.indexPadding, at: base &+ UInt64(strange), "no zeros up to the next list")
    }
    place = max(place, end)
  }

  /// The number of references, `nil` if the head contradicts itself or the section's end.
  private func count(_ bytes: RawSpan, _ start: Int, _ left: UInt64) -> UInt64? {
    var reader = ByteReader(bytes, in: start..<start + headSize)
    guard let length = try? reader.uint32() else { return nil }
    if kind == .labelIndices, (try? reader.uint32()) != 1 { return nil }
    guard let count = try? reader.uint32() else { return nil }
    let expected = UInt64(count) &* 4 &+ UInt64(headSize &- 4)
    return UInt64(length) == expected && UInt64(length) &+ 8 <= left ? UInt64(count) : nil
  }

  private mutating func takeReferences(_ bytes: RawSpan, _ place: inout Int, _ context: inout IndexContext) {
    let count = min(list.left, UInt64((bytes.byteCount &- place) / 4))
    let end = place &+ Int(truncatingIfNeeded: count) &* 4
    list.checksum = CRC32C.checksum(bytes.extracting(place..<end), after: list.checksum)
    switch kind {
    case .postings: takePostings(bytes, place..<end, context)
    case .labelIndices: takeValues(bytes, place..<end, context)
    }
    place = end
    list.left &-= count
    context.needed = 4
  }

  /// - Parameter place: of four bytes that are there.
  @inline(__always)
  private static func integer(_ bytes: RawSpan, _ place: Int) -> UInt32 {
    UInt32(bigEndian: unsafe bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: place, as: UInt32.self))
  }

  private mutating func takePostings(_ bytes: RawSpan, _ range: Range<Int>, _ context: borrowing IndexContext) {
    var list = list
    let knowsAll = context.series.isWhole
    for place in stride(from: range.lowerBound, to: range.upperBound, by: 4) {
      let reference = Self.integer(bytes, place)
      if let previous = list.previous, reference <= previous { list.unsorted &+= 1 }
      list.previous = reference
      if knowsAll, !context.series.contains(UInt64(reference)) {
        list.dangling = (list.dangling?.first ?? reference, (list.dangling?.count ?? 0) &+ 1)
      } else {
        list.sum &+= LabelHash.mixed(UInt64(reference))
      }
    }
    self.list = list
  }

  private mutating func takeValues(_ bytes: RawSpan, _ range: Range<Int>, _ context: borrowing IndexContext) {
    for place in stride(from: range.lowerBound, to: range.upperBound, by: 4) {
      let reference = Self.integer(bytes, place)
      if let previous = list.previous, reference <= previous { list.unsorted &+= 1 }
      list.previous = reference
      guard context.symbols.bounds.contains(UInt64(reference)), context.symbols.contains(reference) else {
        list.dangling = (list.dangling?.first ?? reference, (list.dangling?.count ?? 0) &+ 1)
        continue
      }
      list.sum &+= LabelHash.mixed(context.symbols.hash(of: reference) ?? 0)
    }
  }

  private mutating func takeChecksum(
    _ bytes: RawSpan, _ base: UInt64, _ place: inout Int, _ context: inout IndexContext
  ) {
    let stored = Self.integer(bytes, place)
    let passed = PassedList(offset: list.offset, sum: list.sum)
    if kind == .postings { context.postings.append(passed) } else { context.labelIndices.append(passed) }
    if stored != list.checksum {
      let fault = Fault(
        .checksumMismatch, at: place, expected: "the CRC-32C of the bytes before it", found: UInt64(stored))
      context.find(fault, base: base)
    } else if kind == .postings {
      judgePostings(&context)
    } else {
      judgeValues(&context)
    }
    place += 4
  }

  private func judgePostings(_ context: inout IndexContext) {
    if list.unsorted > 0 {
      context.find(
        .postingsUnsorted, at: list.offset, "\(list.unsorted) references do not come after the one before them")
    }
    if let dangling = list.dangling, context.seriesAreIntact {
      context.find(
        .postingsDangling, at: list.offset,
        "\(dangling.count) references to places where no series is, the first of them \(dangling.first)")
    }
  }

  private func judgeValues(_ context: inout IndexContext) {
    guard context.symbols.isIntact else { return }
    if let dangling = list.dangling {
      context.find(
        .indexMalformed, at: list.offset, "a label index with a value that is no symbol, \(dangling.first)")
      context.isDamaged = true
    } else if list.unsorted > 0, context.symbols.isSorted {
      context.find(.indexMalformed, at: list.offset, "a label index whose values are not sorted")
    }
  }
}
