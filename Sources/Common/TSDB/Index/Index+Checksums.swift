import Platform

extension Index {
  /// Compares every CRC-32C of the index and reports all that differ, with lengths and padding that cannot be right.
  ///
  /// Series, postings and label indices are gone through from front to back. Where one is damaged, its length may be
  /// too, and with it the place of all that follow: that section is then checked again by what refers to it (the list
  /// of all series, the offset tables), so that one damaged entry does not make its neighbours suspect. Every byte save
  /// the version is covered; header and table of contents have been checked by `init`. Reads the whole file.
  public func checkChecksums(_ report: (TSDBError) -> Void) {
    for section in [TableOfContents.Section.symbols, .labelIndicesTable, .postingsTable] {
      checkFrame(section, report)
    }
    check(.series, alignment: seriesAlignment, report, recordEnd: seriesEnd, offsets: offsetsOfAllSeries)
    check(.labelIndices, alignment: 4, report, recordEnd: frameEnd) {
      var offsets: [Int] = []
      try forEachLabelIndexRow(checkingChecksum: true) { offsets.append(Int(clamping: $0.offset)) }
      return offsets
    }
    check(.postings, alignment: 4, report, recordEnd: frameEnd) {
      var offsets: [Int] = []
      try postingsTable().forEachRow { offsets.append(Int(clamping: $0.offset)) }
      return offsets
    }
  }

  private func offsetsOfAllSeries() throws -> [Int] {
    guard let list = try postingsTable().offset(name: RawSpan(), value: RawSpan()) else { return [] }
    var offsets: [Int] = []
    try postings(at: list).forEach { offsets.append(try offset(ofSeries: UInt64($0))) }
    return offsets
  }

  /// A section that is one frame and nothing else.
  private func checkFrame(_ section: TableOfContents.Section, _ report: (TSDBError) -> Void) {
    let range = tableOfContents.range(of: section)
    guard !range.isEmpty else { return }
    do throws(Fault) {
      let end = try frameEnd(at: range.lowerBound, in: range)
      try checkPadding(end..<range.upperBound)
    } catch {
      report(TSDBError(error, in: name))
    }
  }

  /// Checks a section of many records.
  /// - Parameters:
  ///   - recordEnd: checks the record at an offset, which has to lie in the range, and says where it ends.
  ///   - offsets: where records begin according to another section.
  private func check(
    _ section: TableOfContents.Section, alignment: Int, _ report: (TSDBError) -> Void,
    recordEnd: (Int, Range<Int>) throws(Fault) -> Int, offsets: () throws -> [Int]
  ) {
    let range = tableOfContents.range(of: section)
    guard let first = firstFault(in: range, alignment: alignment, recordEnd: recordEnd) else { return }
    // A failure in here is reported with the section that it is in.
    let starts = ((try? offsets()) ?? []).sorted()
    var found = 0
    for (place, start) in starts.enumerated() where place + 1 == starts.count || starts[place + 1] > start {
      // Records do not overlap. This also bounds the time, should all offsets point at one long list.
      let end = place + 1 < starts.count ? min(starts[place + 1], range.upperBound) : range.upperBound
      do throws(Fault) {
        guard range.contains(start) else {
          throw Fault(
            .outOfRange, at: range.lowerBound, expected: "an offset that points into this section",
            found: UInt64(start))
        }
        _ = try recordEnd(start, start..<end)
      } catch {
        found += 1
        report(TSDBError(error, in: name))
      }
    }
    if found == 0 { report(TSDBError(first, in: name)) }
  }

  /// Goes through records that follow each other, each at a multiple of `alignment`, with zeros in between.
  private func firstFault(
    in range: Range<Int>, alignment: Int, recordEnd: (Int, Range<Int>) throws(Fault) -> Int
  ) -> Fault? {
    var position = range.lowerBound
    do throws(Fault) {
      while position < range.upperBound {
        let start = min(Self.align(position, alignment), range.upperBound)
        try checkPadding(position..<start)
        let end = start < range.upperBound ? try recordEnd(start, range) : start
        file.touched(end - position)
        position = end
      }
      return nil
    } catch {
      return error
    }
  }

  private func frameEnd(at offset: Int, in section: Range<Int>) throws(Fault) -> Int {
    var reader = ByteReader(bytes, in: offset..<section.upperBound)
    _ = try reader.frame(of: file, checkingChecksum: true)
    return reader.position
  }

  private func seriesEnd(at offset: Int, in section: Range<Int>) throws(Fault) -> Int {
    var reader = ByteReader(bytes, in: offset..<section.upperBound)
    let body = try SeriesEntry.body(at: &reader, sectionEnd: section.upperBound)
    try reader.checksum(of: body.count, verifying: true)
    return reader.position
  }

  private func checkPadding(_ range: Range<Int>) throws(Fault) {
    var reader = ByteReader(bytes, in: range)
    guard try reader.bytes(range.count).isZero else {
      throw Fault(.malformed, at: range.lowerBound, expected: "zeros up to the next entry")
    }
  }
}
