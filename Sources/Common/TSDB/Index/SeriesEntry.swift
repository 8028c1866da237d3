/// A label of a series as the index stores it: two references into its `SymbolTable`.
///
/// In version 2 references are ordinals of a sorted table, in version 1 offsets into one: either way comparing them as
/// numbers compares the strings, as long as the table is sorted (`SymbolTable.isSorted`).
public struct LabelReference: Equatable, Hashable, Sendable {
  public var name: UInt32
  public var value: UInt32

  public init(name: UInt32, value: UInt32) {
    self.name = name
    self.value = value
  }
}

/// What the index says about a chunk.
public struct ChunkMeta: Equatable, Sendable {
  /// Time of the first sample, ms since 1970.
  public var minTime: Int64
  /// Time of the last sample, ms since 1970, inclusive.
  public var maxTime: Int64
  /// Place of the segment in the folder `chunks` << 32 | offset of the chunk in it.
  public var reference: UInt64

  public init(minTime: Int64, maxTime: Int64, reference: UInt64) {
    self.minTime = minTime
    self.maxTime = maxTime
    self.reference = reference
  }
}

/// A series of an index. One value is filled again and again while walking over all, so that no series allocates.
public struct SeriesEntry: Sendable {
  /// As postings and tombstones refer to it.
  public internal(set) var reference: UInt64 = 0
  /// Of the entry's first byte, in bytes from the start of the file.
  public internal(set) var offset: UInt64 = 0
  /// Bytes of the whole entry: length, body and checksum, without padding.
  public internal(set) var byteCount = 0
  /// Sorted by name if the writer kept the rules; that is not checked here.
  public internal(set) var labels: [LabelReference] = []
  /// In the order of the file. Out-of-order blocks have chunks that begin before the one in front of them ends.
  public internal(set) var chunks: [ChunkMeta] = []

  public init() {}
}

/// Which symbol references exist, for the check of each label.
struct SymbolBounds {
  let lowest: UInt64
  let count: UInt64

  @inline(__always)
  func contains(_ reference: UInt64) -> Bool { reference &- lowest < count }
}

extension SeriesEntry {
  /// Reads the entry at the reader's position: uvarint length, body, CRC-32C of the body.
  ///
  /// Its length is compared once with the section's end. Integers are then read with the end of the *file* as the
  /// limit, so that all of them take the fast path; whether the body ended where its length says shows at its end.
  /// Counts are compared with the length beforehand: nothing allocates more than the entry's own size warrants.
  @inline(__always)
  mutating func read(
    from reader: inout ByteReader, sectionEnd: Int, symbols: SymbolBounds, checkingChecksum: Bool
  ) throws(Fault) {
    let start = reader.position
    let body = try Self.body(at: &reader, sectionEnd: sectionEnd)
    offset = UInt64(truncatingIfNeeded: start)
    byteCount = body.upperBound &+ 4 &- start

    try readLabels(from: &reader, bodyEnd: body.upperBound, symbols: symbols)
    try readChunks(from: &reader, bodyEnd: body.upperBound)
    guard reader.position == body.upperBound else { throw Self.wrongEnd(reader.position) }
    if checkingChecksum {
      reader.move(to: body.lowerBound)
      try reader.checksum(of: body.count, verifying: true)
    } else {
      reader.move(to: body.upperBound &+ 4)
    }
  }

  /// Reads the length and checks that body and checksum lie within the section.
  @inline(__always)
  static func body(at reader: inout ByteReader, sectionEnd: Int) throws(Fault) -> Range<Int> {
    let start = reader.position
    let length = try reader.uvarint()
    let room = sectionEnd &- reader.position &- 4
    // The shortest body says that there are no labels and no chunks.
    guard length >= 2, room >= 2, length <= UInt64(truncatingIfNeeded: room) else {
      throw Fault(
        .outOfRange, at: start, expected: "the length of a series entry that stays within the section", found: length)
    }
    return reader.position..<(reader.position &+ Int(truncatingIfNeeded: length))
  }

  @inline(__always)
  private mutating func readLabels(
    from reader: inout ByteReader, bodyEnd: Int, symbols: SymbolBounds
  ) throws(Fault) {
    labels.removeAll(keepingCapacity: true)
    let count = try Self.count(from: &reader, bodyEnd: bodyEnd, leastBytes: 2)
    for _ in 0..<count {
      let start = reader.position
      let name = try reader.uvarint()
      let value = try reader.uvarint()
      guard symbols.contains(name), symbols.contains(value) else {
        throw Fault(
          .outOfRange, at: start, expected: "references of a label that the symbol table has",
          found: symbols.contains(name) ? value : name)
      }
      labels.append(LabelReference(name: UInt32(truncatingIfNeeded: name), value: UInt32(truncatingIfNeeded: value)))
    }
  }

  /// Times and references are differences. Blocks with out-of-order data store negative gaps as wrapped unsigned
  /// integers, so that all of the arithmetic wraps.
  @inline(__always)
  private mutating func readChunks(from reader: inout ByteReader, bodyEnd: Int) throws(Fault) {
    chunks.removeAll(keepingCapacity: true)
    let count = try Self.count(from: &reader, bodyEnd: bodyEnd, leastBytes: 3)
    guard count > 0 else { return }
    var minTime = try reader.varint()
    var maxTime = minTime &+ Int64(bitPattern: try reader.uvarint())
    var reference = try reader.uvarint()
    chunks.append(ChunkMeta(minTime: minTime, maxTime: maxTime, reference: reference))
    for _ in 1..<count {
      minTime = maxTime &+ Int64(bitPattern: try reader.uvarint())
      maxTime = minTime &+ Int64(bitPattern: try reader.uvarint())
      reference = reference &+ UInt64(bitPattern: try reader.varint())
      chunks.append(ChunkMeta(minTime: minTime, maxTime: maxTime, reference: reference))
    }
  }

  /// A number of items, of which the rest of the body has room for.
  @inline(__always)
  private static func count(from reader: inout ByteReader, bodyEnd: Int, leastBytes: Int) throws(Fault) -> Int {
    let start = reader.position
    let count = try reader.uvarint()
    let room = max(0, bodyEnd &- reader.position) / leastBytes
    guard count <= UInt64(truncatingIfNeeded: room) else {
      throw Fault(
        .outOfRange, at: start, expected: "a number of labels or chunks that the entry has room for", found: count)
    }
    return Int(truncatingIfNeeded: count)
  }

  @inline(never)
  private static func wrongEnd(_ position: Int) -> Fault {
    Fault(.malformed, at: position, expected: "the series entry to end where its length says")
  }
}
