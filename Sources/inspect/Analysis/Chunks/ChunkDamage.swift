import BlockBytes
import TSDB

/// What keeps chunks from being counted.
public struct ChunkDamage: Sendable {
  /// Places that are named; more of them are only counted.
  static let limit = 100

  public struct Place: Equatable, Sendable {
    /// Path or key.
    public let file: String
    /// Bytes from the start of the file.
    public let offset: UInt64
    public let what: String
  }

  public internal(set) var places: [Place] = []
  /// Chunks whose CRC-32C is wrong or whose data is not what their encoding says, and their bytes. They are in no sum.
  public internal(set) var chunks: UInt64 = 0
  public internal(set) var bytes: UInt64 = 0
  /// Chunks of the index at whose place the segments have none.
  public internal(set) var missing: UInt64 = 0
  /// Segments that end inside a chunk or cannot be followed to their end.
  public internal(set) var segments: UInt64 = 0

  public var isEmpty: Bool { chunks == 0 && missing == 0 && segments == 0 }

  mutating func add(_ place: @autoclosure () -> Place) { if places.count < Self.limit { places.append(place()) } }

  mutating func add(_ error: TSDBError) {
    let found = error.found.map { ", found \($0)" } ?? ""
    add(Place(file: error.file, offset: error.offset, what: "expected \(error.expected)\(found)"))
  }

  /// Counts a chunk that takes up some bytes and cannot be taken for what it is.
  mutating func add(chunkOf bytes: UInt64, _ error: TSDBError) {
    chunks &+= 1
    self.bytes &+= bytes
    add(error)
  }

  /// Counts a chunk of the index that the segments do not have.
  mutating func miss(_ owner: ChunkOwner, _ segments: [DataFile], _ what: String) {
    missing &+= 1
    let number = owner.reference >> 32
    let file = number < UInt64(segments.count) ? segments[Int(number)].name : "segment \(number + 1)"
    add(Place(file: file, offset: owner.reference & 0xffff_ffff, what: what))
  }

  mutating func append(_ other: ChunkDamage) {
    for place in other.places { add(place) }
    chunks &+= other.chunks
    bytes &+= other.bytes
    missing &+= other.missing
    segments &+= other.segments
  }
}
