import Platform
import Testing

@Suite("CRC-32C tile by tile")
struct CRC32CTilesTests {
  private static let tile = CRC32CTiles.tile
  private static let content = (0..<Int(3 * tile) + 1234).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 7) }

  private static func crc(_ range: Range<UInt64>) -> UInt32 {
    let part = Array(content[Int(range.lowerBound)..<Int(range.upperBound)])
    return unsafe CRC32C.checksum(part.span.bytes)
  }

  private static func tiles(_ content: [UInt8], pieces: Int) -> CRC32CTiles {
    var tiles = CRC32CTiles()
    for start in stride(from: 0, to: content.count, by: pieces) {
      let piece = Array(content[start..<min(content.count, start + pieces)])
      unsafe tiles.update(piece.span.bytes)
    }
    return tiles
  }

  @Test("whatever the pieces it comes in", arguments: [999_983, 1 << 20, 1 << 18, 5 << 20])
  func pieces(_ size: Int) {
    let tiles = Self.tiles(Self.content, pieces: size)
    #expect(tiles.size == UInt64(Self.content.count))
    let (tile, end) = (Self.tile, tiles.size)
    for range in [0..<end, 0..<tile, tile..<3 * tile, 2 * tile..<end, 3 * tile..<end] {
      #expect(tiles.checksum(of: range) == Self.crc(range), "\(range)")
    }
  }

  @Test("a part that does not begin and end with a tile is not known", arguments: [
    1..<tile, 0..<5, 0..<tile + 5, tile..<3 * tile + 1235, 4 * tile..<5 * tile,
  ])
  func unknown(_ range: Range<UInt64>) {
    #expect(Self.tiles(Self.content, pieces: 1 << 20).checksum(of: range) == nil)
  }

  @Test("content that ends with a tile has no rest; nothing at all is nothing")
  func edges() {
    let two = Self.tiles(Array(Self.content[..<Int(2 * Self.tile)]), pieces: 1 << 20)
    #expect(two.checksum(of: 0..<2 * Self.tile) == Self.crc(0..<2 * Self.tile))
    #expect(two.checksum(of: 0..<3 * Self.tile) == nil)
    #expect(CRC32CTiles().checksum(of: 0..<0) == 0)
  }
}
