import Platform

extension Index {
  /// Hands every series to `body`, in the order of the file, in one pass.
  ///
  /// The entry is filled anew for each series: copy what has to last. Padding between entries is skipped unread.
  /// - Parameter checkingChecksums: compares the CRC-32C of each entry too.
  /// - Throws: a `TSDBError` at the first entry that breaks the format, or what `body` throws.
  public func forEachSeries(
    checkingChecksums: Bool = true, _ body: (borrowing SeriesEntry) throws -> Void
  ) throws {
    try forEachSeries(in: tableOfContents.range(of: .series), checkingChecksums: checkingChecksums, body)
  }

  /// The same for a part of the section.
  /// - Parameter stretch: begins where an entry does, as those of `seriesStretches`.
  public func forEachSeries(
    in stretch: Range<Int>, checkingChecksums: Bool = true, _ body: (borrowing SeriesEntry) throws -> Void
  ) throws {
    let section = tableOfContents.range(of: .series)
    let stretch = stretch.clamped(to: section)
    guard !stretch.isEmpty else { return }
    let symbols = try symbolBounds()
    let alignment = seriesAlignment
    var entry = SeriesEntry()
    var reader = ByteReader(bytes, in: Self.align(stretch.lowerBound, alignment)..<file.count)
    while reader.position < stretch.upperBound {
      do throws(Fault) {
        try entry.read(
          from: &reader, sectionEnd: section.upperBound, symbols: symbols, checkingChecksum: checkingChecksums)
      } catch {
        throw TSDBError(error, in: name)
      }
      entry.reference = isVersion1 ? entry.offset : entry.offset >> 4
      try body(entry)
      reader.move(to: Self.align(reader.position, alignment))
      file.touched(Int(clamping: UInt64(reader.position) &- entry.offset))
    }
  }

  /// The series section in about as many parts as asked for, each of which begins where an entry does, so that threads
  /// can go through them side by side. One part where the list of all series cannot be read: that is for others to say.
  /// - Parameter table: the postings offset table, which has to be held along with the postings section.
  public func seriesStretches(_ count: Int, _ table: PostingsTable) -> [Range<Int>] {
    let section = tableOfContents.range(of: .series)
    var starts: [Int] = []
    if count > 1, let offset = try? table.offset(name: RawSpan(), value: RawSpan()),
      let all = try? postings(at: offset, checkingChecksum: false)
    {
      for number in 1..<count {
        let place = Int(Double(all.count) / Double(count) * Double(number))
        guard place < all.count, let start = try? self.offset(ofSeries: UInt64(all[place])) else { continue }
        if start > starts.last ?? section.lowerBound { starts.append(start) }
      }
    }
    return zip([section.lowerBound] + starts, starts + [section.upperBound]).map { $0..<$1 }
  }

  /// Reads the series that a postings list or a tombstone refers to.
  ///
  /// A reference that does not point at an entry's start gives, save for a coincidence, a wrong checksum.
  public func series(
    at reference: UInt64, into entry: inout SeriesEntry, checkingChecksum: Bool = true
  ) throws(TSDBError) {
    let symbols = try symbolBounds()
    do throws(Fault) {
      let section = tableOfContents.range(of: .series)
      var reader = ByteReader(bytes, in: try offset(ofSeries: reference)..<file.count)
      try entry.read(
        from: &reader, sectionEnd: section.upperBound, symbols: symbols, checkingChecksum: checkingChecksum)
      entry.reference = reference
    } catch {
      throw TSDBError(error, in: name)
    }
  }

  /// The file offset that a series reference stands for.
  func offset(ofSeries reference: UInt64) throws(Fault) -> Int {
    let section = tableOfContents.range(of: .series)
    let (offset, overflow) = reference.multipliedReportingOverflow(by: UInt64(seriesAlignment))
    guard !overflow, offset >= UInt64(section.lowerBound), offset < UInt64(section.upperBound) else {
      throw Fault(
        .outOfRange, at: section.lowerBound, expected: "a series reference that points into the series section",
        found: reference)
    }
    return Int(offset)
  }

  /// The next multiple of `alignment`, a power of two.
  @inline(__always)
  static func align(_ position: Int, _ alignment: Int) -> Int {
    (position &+ alignment &- 1) & ~(alignment &- 1)
  }
}
