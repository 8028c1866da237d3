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
    fingerprint &+= LabelHash.mixed(reference)
  }

  /// Takes in a chunk by its reference and the times of its first and last sample.
  mutating func insert(_ reference: UInt64, minTime: Int64, maxTime: Int64) {
    insert(LabelHash.mixed(LabelHash.mixed(reference) ^ UInt64(bitPattern: minTime)) ^ UInt64(bitPattern: maxTime))
  }

  public mutating func formUnion(_ other: ChunkSet) {
    count &+= other.count
    fingerprint &+= other.fingerprint
  }
}
