/// A set of chunks by its size and a fingerprint, in constant memory: the chunks that an index names and those that
/// segments hold are the same if both are.
public struct ChunkSet: Equatable, Sendable {
  public private(set) var count: UInt64 = 0
  private var fingerprint: UInt64 = 0

  public init() {}

  /// Takes in a chunk by its reference alone.
  mutating func insert(_ reference: UInt64) {
    count &+= 1
    // The sum does not mind the order; mixing the bits first makes equal sums of different sets a matter of 2⁻⁶⁴.
    fingerprint &+= Self.mixed(reference)
  }

  /// Takes in a chunk by its reference and the times of its first and last sample.
  mutating func insert(_ reference: UInt64, minTime: Int64, maxTime: Int64) {
    insert(Self.mixed(Self.mixed(reference) ^ UInt64(bitPattern: minTime)) ^ UInt64(bitPattern: maxTime))
  }

  public mutating func formUnion(_ other: ChunkSet) {
    count &+= other.count
    fingerprint &+= other.fingerprint
  }

  /// SplitMix64's finaliser.
  private static func mixed(_ value: UInt64) -> UInt64 {
    var mixed = value &+ 0x9E37_79B9_7F4A_7C15
    mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
    return mixed ^ mixed >> 31
  }
}
