import Platform

/// A row of the postings offset table: a label, and where the list of its series is.
public struct PostingsRow: ~Escapable {
  public let name: RawSpan
  public let value: RawSpan
  /// Of the list, in bytes from the start of the file; whether one is there shows when it is read.
  public let offset: UInt64

  @_lifetime(copy reader)
  @_lifetime(reader: copy reader)
  @inline(__always)
  init(from reader: inout ByteReader) throws(Fault) {
    let start = reader.position
    let keys = try reader.uvarint()
    guard keys == 2 else {
      throw Fault(
        .malformed, at: start, expected: "2, the number of strings in a row of the postings table", found: keys)
    }
    name = try reader.lengthPrefixedBytes()
    value = try reader.lengthPrefixedBytes()
    offset = try reader.uvarint()
  }

  /// About how many bytes it takes up in the file.
  fileprivate var byteCount: Int { name.byteCount + value.byteCount + 8 }

  /// Below zero where this row sorts before that of the label (`name`, `value`).
  func order(comparedWith name: RawSpan, _ value: RawSpan) -> Int {
    let order = self.name.order(comparedWith: name)
    return order != 0 ? order : self.value.order(comparedWith: value)
  }
}

/// Where a postings list lies, as far as the postings offset table tells.
public struct PostingsPlace: Equatable, Sendable {
  /// Of the list, in bytes from the start of the file.
  public let offset: UInt64
  /// Of the list of the next row, which writers put behind it; `nil` where it is not.
  public let end: UInt64?
}

/// The postings offset table: every label of the block's series, and ("", "") for the list of all series.
///
///     ┌───────────┬─────────────┬──────────────────────────────────────────────────────────────────┬─────────┐
///     │ len <4 B> │ count <4 B> │ uvarint 2, uvarint length, name, uvarint length, value, uvarint  │ CRC-32C │
///     │           │             │ offset │ …                                                       │         │
///     └───────────┴─────────────┴──────────────────────────────────────────────────────────────────┴─────────┘
///
/// In version 2 it is sorted by name and value, as bytes. The place of every 32nd row is kept for look-ups; where a
/// table is not sorted, which version 1 allows, they go through all rows.
/// - Thread safety: nothing changes after `Index.postingsTable()`.
public struct PostingsTable: Sendable {
  static let stride = 32

  private let file: FileBytes
  /// In bytes from the start of the file.
  private let rows: Range<Int>
  /// Offset of every 32nd row, in bytes from the start of `rows`.
  private let samples: [UInt32]
  /// Number of rows, with that of all series.
  public let count: Int
  /// Whether each row sorts after the one before it.
  public let isSorted: Bool

  fileprivate init(_ index: Index, checkingChecksum: Bool) throws(Fault) {
    let bytes = index.bytes
    var reader = index.reader(of: .postingsTable)
    guard reader.remaining > 0 else {
      (file, rows, samples, count, isSorted) = (index.file, reader.position..<reader.position, [], 0, true)
      return
    }
    let payload = try reader.frame(of: index.file, checkingChecksum: checkingChecksum)
    reader = ByteReader(bytes, in: payload)
    let count = Int(try reader.uint32())
    let rows = reader.position..<payload.upperBound

    var samples: [UInt32] = []
    var sorted = true
    var name = RawSpan()
    var value = name
    for number in 0..<count {
      if number % Self.stride == 0 { samples.append(UInt32(truncatingIfNeeded: reader.position - rows.lowerBound)) }
      let row = try PostingsRow(from: &reader)
      if number > 0, row.order(comparedWith: name, value) <= 0 { sorted = false }
      name = row.name
      value = row.value
      index.file.touched(row.byteCount)
    }
    guard reader.isAtEnd else {
      throw Fault(
        .malformed, at: reader.position, expected: "the rows to end where the table's length says",
        found: UInt64(count))
    }
    (file, self.rows, self.samples, self.count, isSorted) = (index.file, rows, samples, count, sorted)
  }

  /// Hands over every row in the order of the file, without an allocation a row.
  public func forEachRow(_ body: (borrowing PostingsRow) throws -> Void) throws {
    var reader = ByteReader(file.bytes, in: rows)
    for _ in 0..<count {
      let row = try row(from: &reader)
      try body(row)
      file.touched(row.byteCount)
    }
  }

  /// Hands over the rows of one label name, in the order of the file.
  public func forEachRow(of name: RawSpan, _ body: (borrowing PostingsRow) throws -> Void) throws {
    let first = try firstRow(near: name, RawSpan())
    var reader = reader(atRow: first)
    for _ in first..<count {
      let row = try row(from: &reader)
      let order = row.name.order(comparedWith: name)
      if order == 0 { try body(row) }
      if order > 0, isSorted { return }
    }
  }

  /// The file offset of the list of all series with a label, or nil if none has it. ("", "") stands for all series.
  public func offset(name: RawSpan, value: RawSpan) throws(TSDBError) -> UInt64? {
    try place(name: name, value: value)?.offset
  }

  /// Where the list of all series with a label should lie, or nil if none has it.
  public func place(name: RawSpan, value: RawSpan) throws(TSDBError) -> PostingsPlace? {
    let first = try firstRow(near: name, value)
    var reader = reader(atRow: first)
    for number in first..<count {
      let row = try row(from: &reader)
      let order = row.order(comparedWith: name, value)
      if order == 0 { return try place(of: row.offset, behind: number, &reader) }
      if order > 0, isSorted { return nil }
    }
    return nil
  }

  /// Where the lists of those values of a label name that are wanted should lie, in the order of the file.
  /// - Throws: `TSDBError`, and what `isWanted` throws.
  public func places(name: RawSpan, where isWanted: (RawSpan) throws -> Bool) throws -> [PostingsPlace] {
    var places: [PostingsPlace] = []
    let first = try firstRow(near: name, RawSpan())
    var reader = reader(atRow: first)
    for number in first..<count {
      let row = try row(from: &reader)
      let order = row.name.order(comparedWith: name)
      if order == 0, try isWanted(row.value) { places.append(try place(of: row.offset, behind: number, &reader)) }
      if order > 0, isSorted { break }
      file.touched(row.byteCount)
    }
    return places
  }

  /// - Parameters:
  ///   - number: of the row that names `offset`.
  ///   - reader: behind that row; it stays there.
  private func place(
    of offset: UInt64, behind number: Int, _ reader: inout ByteReader
  ) throws(TSDBError) -> PostingsPlace {
    let position = reader.position
    var end: UInt64 = 0
    if number + 1 < count { end = try row(from: &reader).offset }
    reader.move(to: position)
    return PostingsPlace(offset: offset, end: end > offset ? end : nil)
  }

  /// Every label name that a series of the block has, sorted by bytes.
  public func labelNames() throws -> [[UInt8]] {
    var names: [[UInt8]] = []
    var unsorted: Set<[UInt8]> = []
    try forEachRow { row in
      if row.name.byteCount == 0 { return }
      if let last = names.last, last.rawBytes.isEqual(to: row.name) { return }
      let name = [UInt8](row.name)
      if isSorted || unsorted.insert(name).inserted { names.append(name) }
    }
    return isSorted ? names : names.sorted { $0.lexicographicallyPrecedes($1) }
  }

  /// Every value of a label name, sorted by bytes.
  public func labelValues(of name: RawSpan) throws -> [[UInt8]] {
    var values: [[UInt8]] = []
    try forEachRow(of: name) { values.append([UInt8]($0.value)) }
    return isSorted ? values : values.sorted { $0.lexicographicallyPrecedes($1) }
  }

  /// A multiple of `stride` such that no row before it is (`name`, `value`) or the first that sorts after it.
  private func firstRow(near name: RawSpan, _ value: RawSpan) throws(TSDBError) -> Int {
    guard isSorted else { return 0 }
    var low = 0
    var high = samples.count
    while high - low > 1 {
      let middle = (low + high) / 2
      var reader = reader(atRow: middle * Self.stride)
      if try row(from: &reader).order(comparedWith: name, value) <= 0 { low = middle } else { high = middle }
    }
    return low * Self.stride
  }

  /// - Parameter row: a multiple of `stride`.
  @_lifetime(borrow self)
  private func reader(atRow row: Int) -> ByteReader {
    guard row < count else { return ByteReader(file.bytes, in: rows.upperBound..<rows.upperBound) }
    return ByteReader(file.bytes, in: (rows.lowerBound + Int(samples[row / Self.stride]))..<rows.upperBound)
  }

  @_lifetime(copy reader)
  @_lifetime(reader: copy reader)
  @inline(__always)
  private func row(from reader: inout ByteReader) throws(TSDBError) -> PostingsRow {
    do throws(Fault) {
      return try PostingsRow(from: &reader)
    } catch {
      throw TSDBError(error, in: file.name)
    }
  }
}

extension Index {
  /// Reads the postings offset table in one pass.
  public func postingsTable(checkingChecksum: Bool = true) throws(TSDBError) -> PostingsTable {
    do throws(Fault) {
      return try PostingsTable(self, checkingChecksum: checkingChecksum)
    } catch {
      throw TSDBError(error, in: name)
    }
  }
}
