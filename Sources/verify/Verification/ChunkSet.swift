/// A set of chunk references by its size and a fingerprint, in constant memory: the references that an index names and
/// the chunks that segments hold are the same if both are.
struct ChunkSet: Equatable, Sendable {
  private(set) var count: UInt64 = 0
  private var fingerprint: UInt64 = 0

  mutating func insert(_ reference: UInt64) {
    count &+= 1
    // The sum does not mind the order; mixing the bits first (SplitMix64's finaliser) makes equal sums of different
    // sets a matter of 2⁻⁶⁴.
    var mixed = reference &+ 0x9E37_79B9_7F4A_7C15
    mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
    fingerprint &+= mixed ^ mixed >> 31
  }

  mutating func formUnion(_ other: ChunkSet) {
    count &+= other.count
    fingerprint &+= other.fingerprint
  }
}
