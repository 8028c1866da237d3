import Platform

extension Index {
  /// The list that a row of the postings offset table points at: BE32 number, as many series references.
  /// - Throws: a `TSDBError` if no list of the postings section is at `offset` or its CRC-32C is wrong.
  @_lifetime(borrow self)
  public func postings(at offset: UInt64, checkingChecksum: Bool = true) throws(TSDBError) -> Postings {
    do throws(Fault) {
      var reader = try reader(of: .postings, at: offset)
      let payload = try reader.frame(checkingChecksum: checkingChecksum)
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
