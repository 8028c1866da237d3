/// The CRC-32Cs of a content tile by tile, from which those of larger parts follow without reading it again.
public struct CRC32CTiles: Equatable, Sendable {
  /// Bytes of each tile but the last.
  public static let tile: UInt64 = 1 << 20

  /// Of the tiles that are full.
  private var full: [UInt32] = []
  /// Of the bytes behind them.
  private var rest: UInt32 = 0
  /// Bytes of the content so far.
  public private(set) var size: UInt64 = 0

  public init() {}

  /// Takes the next bytes.
  public mutating func update(_ bytes: RawSpan) {
    var place = 0
    while place < bytes.byteCount {
      let room = Int(Self.tile - size % Self.tile)
      let end = place + min(room, bytes.byteCount - place)
      rest = CRC32C.checksum(bytes.extracting(place..<end), after: rest)
      size &+= UInt64(end - place)
      if end - place == room {
        full.append(rest)
        rest = 0
      }
      place = end
    }
  }

  /// The checksum of a part of the content.
  /// - Parameter range: bytes.
  /// - Returns: `nil` unless the part begins and ends with a tile, or ends with the content.
  public func checksum(of range: Range<UInt64>) -> UInt32? {
    guard range.lowerBound % Self.tile == 0, range.upperBound <= size,
      range.upperBound % Self.tile == 0 || range.upperBound == size
    else { return nil }
    var whole: UInt32 = 0
    for crc in full[Int(range.lowerBound / Self.tile)..<Int(range.upperBound / Self.tile)] {
      whole = CRC32C.combine(whole, crc, sizeOfSecond: Self.tile)
    }
    let behind = range.upperBound % Self.tile
    return behind == 0 || range.isEmpty ? whole : CRC32C.combine(whole, rest, sizeOfSecond: behind)
  }
}
