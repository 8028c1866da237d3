/// References as they stand in the file, four bytes each, big-endian: nothing is copied.
public struct ReferenceList: ~Escapable {
  private let bytes: RawSpan

  /// - Parameter bytes: a multiple of four; what is left over is not seen.
  @_lifetime(copy bytes)
  init(_ bytes: RawSpan) { self.bytes = bytes }

  /// Reads what the frame of a postings list holds: BE32 number, as many references.
  @_lifetime(copy reader)
  @_lifetime(reader: copy reader)
  init(payload reader: inout ByteReader) throws(Fault) {
    let start = reader.position
    let count = try reader.uint32()
    guard UInt64(reader.remaining) == UInt64(count) * 4 else {
      throw Fault(
        .malformed, at: start, expected: "as many series references as the list has room for", found: UInt64(count))
    }
    bytes = try reader.bytes(reader.remaining)
  }

  public var count: Int { bytes.byteCount / 4 }

  /// - Parameter place: `0..<count`.
  public subscript(place: Int) -> UInt32 {
    precondition(place >= 0 && place < count, "place outside of the list")
    return UInt32(bigEndian: unsafe bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: place &* 4, as: UInt32.self))
  }

  /// Hands over every reference in the order of the file.
  public func forEach(_ body: (UInt32) throws -> Void) rethrows {
    for place in 0..<count { try body(self[place]) }
  }
}

/// The series that have a label, as references, in ascending order if the writer kept the rules.
public typealias Postings = ReferenceList
