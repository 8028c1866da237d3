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
    let section = tableOfContents.range(of: .series)
    guard !section.isEmpty else { return }
    let symbols = try symbolBounds()
    let alignment = seriesAlignment
    var entry = SeriesEntry()
    var reader = ByteReader(bytes, in: Self.align(section.lowerBound, alignment)..<file.count)
    while reader.position < section.upperBound {
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
