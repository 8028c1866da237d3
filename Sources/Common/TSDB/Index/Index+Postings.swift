import Platform

extension Index {
  /// The list that a row of the postings offset table points at: BE32 number, as many series references.
  /// - Throws: a `TSDBError` if no list of the postings section is at `offset` or its CRC-32C is wrong.
  @_lifetime(borrow self)
  public func postings(at offset: UInt64, checkingChecksum: Bool = true) throws(TSDBError) -> Postings {
    do throws(Fault) {
      var reader = try reader(of: .postings, at: offset)
      let payload = try reader.frame(of: file, checkingChecksum: checkingChecksum)
      reader = ByteReader(bytes, in: payload)
      let count = try reader.uint32()
      guard UInt64(reader.remaining) == UInt64(count) * 4 else {
        throw Fault(
          .malformed, at: payload.lowerBound, expected: "as many series references as the list has room for",
          found: UInt64(count))
      }
      return Postings(try reader.bytes(reader.remaining))
    } catch {
      throw TSDBError(error, in: name)
    }
  }

  /// The series with a label, or nil if none has it.
  @_lifetime(borrow self)
  public func postings(
    name: RawSpan, value: RawSpan, in table: PostingsTable
  ) throws(TSDBError) -> Postings? {
    guard let offset = try table.offset(name: name, value: value) else { return nil }
    return try postings(at: offset)
  }

  /// Hands over every label with its series, in the order of the postings offset table, ("", "") for all included.
  /// - Throws: a `TSDBError` at the first list that breaks the format, or what `body` throws.
  public func forEachPostings(
    in table: PostingsTable, checkingChecksums: Bool = true,
    _ body: (borrowing PostingsRow, borrowing Postings) throws -> Void
  ) throws {
    // Lists do not share bytes. Rows that all point at one long list would keep this busy for ever.
    var bytesLeft = tableOfContents.range(of: .postings).count
    try table.forEachRow { row in
      let list = try postings(at: row.offset, checkingChecksum: checkingChecksums)
      bytesLeft -= 12 + 4 * list.count
      guard bytesLeft >= 0 else {
        throw TSDBError(
          Fault(.malformed, at: Int(clamping: row.offset), expected: "postings lists that do not overlap"), in: name)
      }
      try body(row, list)
      file.touched(12 + 4 * list.count)
    }
  }

  /// A cursor from an offset that was read from the file to the end of the section it has to be in.
  @_lifetime(borrow self)
  func reader(of section: TableOfContents.Section, at offset: UInt64) throws(Fault) -> ByteReader {
    let range = tableOfContents.range(of: section)
    guard offset >= UInt64(range.lowerBound), offset < UInt64(range.upperBound) else {
      throw Fault(
        .outOfRange, at: range.lowerBound, expected: "an offset that points into this section", found: offset)
    }
    return ByteReader(bytes, in: Int(offset)..<range.upperBound)
  }
}
