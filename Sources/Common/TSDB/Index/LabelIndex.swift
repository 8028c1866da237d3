import Platform

/// A label index: the values of a label name. Written up to Prometheus 3.6; later files have none.
public struct LabelIndex: ~Escapable {
  public let name: RawSpan
  /// References of the values' symbols.
  public let values: ReferenceList
  /// Of its length field, in bytes from the start of the file.
  public let offset: UInt64

  @_lifetime(copy name, copy values)
  fileprivate init(name: RawSpan, values: ReferenceList, offset: UInt64) {
    self.name = name
    self.values = values
    self.offset = offset
  }
}

/// A row of the label offset table: uvarint 1, uvarint length, name, uvarint offset.
struct LabelIndexRow: ~Escapable {
  let name: RawSpan
  let offset: UInt64

  @_lifetime(copy reader)
  @_lifetime(reader: copy reader)
  init(from reader: inout ByteReader) throws(Fault) {
    let start = reader.position
    let keys = try reader.uvarint()
    guard keys == 1 else {
      throw Fault(.malformed, at: start, expected: "1, the number of strings in a row of the label table", found: keys)
    }
    name = try reader.lengthPrefixedBytes()
    offset = try reader.uvarint()
  }
}

extension Index {
  /// Hands over every label index that the label offset table names; none where the index has no such table.
  public func forEachLabelIndex(
    checkingChecksums: Bool = true, _ body: (borrowing LabelIndex) throws -> Void
  ) throws {
    // Label indices do not share bytes. Rows that all point at one long list would make this run for ever.
    var bytesLeft = tableOfContents.range(of: .labelIndices).count
    try forEachLabelIndexRow(checkingChecksum: checkingChecksums) { row in
      let values = try labelIndexValues(at: row.offset, checkingChecksum: checkingChecksums)
      bytesLeft -= 16 + 4 * values.count
      guard bytesLeft >= 0 else {
        throw TSDBError(
          Fault(.malformed, at: Int(clamping: row.offset), expected: "label indices that do not overlap"), in: name)
      }
      try body(LabelIndex(name: row.name, values: values, offset: row.offset))
    }
  }

  /// Hands over the rows of the label offset table.
  func forEachLabelIndexRow(checkingChecksum: Bool, _ body: (borrowing LabelIndexRow) throws -> Void) throws {
    var reader = reader(of: .labelIndicesTable)
    guard reader.remaining > 0 else { return }
    do {
      let payload = try reader.frame(of: file, checkingChecksum: checkingChecksum)
      reader = ByteReader(bytes, in: payload)
      for _ in 0..<(try reader.uint32()) { try body(try LabelIndexRow(from: &reader)) }
      guard reader.isAtEnd else {
        throw Fault(.malformed, at: reader.position, expected: "the rows to end where the table's length says")
      }
    } catch let fault as Fault {
      throw TSDBError(fault, in: name)
    }
  }

  /// A label index, in a frame: BE32 number of names (1), BE32 number of entries, as many BE32 symbol references.
  @_lifetime(borrow self)
  private func labelIndexValues(at offset: UInt64, checkingChecksum: Bool) throws(TSDBError) -> ReferenceList {
    do throws(Fault) {
      var reader = try reader(of: .labelIndices, at: offset)
      let payload = try reader.frame(of: file, checkingChecksum: checkingChecksum)
      reader = ByteReader(bytes, in: payload)
      let names = try reader.uint32()
      guard names == 1 else {
        throw Fault(.malformed, at: payload.lowerBound, expected: "one name in a label index", found: UInt64(names))
      }
      let count = try reader.uint32()
      guard UInt64(reader.remaining) == UInt64(count) * 4 else {
        throw Fault(
          .malformed, at: payload.lowerBound + 4, expected: "as many symbol references as the list has room for",
          found: UInt64(count))
      }
      return ReferenceList(try reader.bytes(reader.remaining))
    } catch {
      throw TSDBError(error, in: name)
    }
  }
}
