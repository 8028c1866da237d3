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
      return try Postings(payload: &reader)
    } catch {
      throw TSDBError(error, in: name)
    }
  }

  /// Bytes that a list takes up, of which only the first ones are at hand.
  /// - Parameter head: from its length on, four of them at least.
  /// - Throws: a `TSDBError` where a list of that length would reach beyond the postings section, or does not begin in it.
  public func postingsSize(at offset: UInt64, head: RawSpan) throws(TSDBError) -> UInt64 {
    do throws(Fault) {
      _ = try reader(of: .postings, at: offset)
      var list = ByteReader(head)
      let size = UInt64(try list.uint32()) + 8
      guard size <= UInt64(tableOfContents.range(of: .postings).upperBound) - offset else {
        throw Fault(
          .outOfRange, at: Int(offset), expected: "a length that stays within the section", found: size - 8)
      }
      return size
    } catch {
      throw TSDBError(error, in: name)
    }
  }

  /// Reads a list whose bytes came from elsewhere, as from a bucket, its checksum compared.
  /// - Parameter bytes: of the list and nothing else.
  /// - Throws: as `postings(at:)`.
  public func postings(at offset: UInt64, bytes: RawSpan, into references: inout [UInt32]) throws(TSDBError) {
    do throws(Fault) {
      var reader = ByteReader(bytes)
      let payload = try reader.frame(of: file, checkingChecksum: true)
      reader = ByteReader(bytes, in: payload)
      let list = try Postings(payload: &reader)
      list.forEach { references.append($0) }
    } catch {
      throw TSDBError(error, in: name, base: offset)
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
