/// Hashes that tell labels and series apart, for sums over them.
enum LabelHash {
  /// SplitMix64's finaliser: every bit of the value changes half of the result's, and no two values have the same one.
  @inline(__always)
  static func mixed(_ value: UInt64) -> UInt64 {
    var mixed = value &+ 0x9E37_79B9_7F4A_7C15
    mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
    return mixed ^ mixed >> 31
  }

  /// The value that `mixed` made this of.
  static func unmixed(_ value: UInt64) -> UInt64 {
    var value = value ^ value >> 31 ^ value >> 62
    value = value &* 0x3196_42B2_D24D_8EC3
    value = (value ^ value >> 27 ^ value >> 54) &* 0x96DE_1B17_3F11_9089
    return (value ^ value >> 30 ^ value >> 60) &- 0x9E37_79B9_7F4A_7C15
  }

  /// What an odd number has to be multiplied with for 1.
  static func inverse(ofOdd value: UInt64) -> UInt64 {
    // Newton's iteration doubles the right bits each time, from the three that every odd number has.
    var inverse = value
    for _ in 0..<5 { inverse = inverse &* (2 &- value &* inverse) }
    return inverse
  }

  /// Of a label name or value.
  static func of(_ bytes: RawSpan) -> UInt64 {
    var hash = UInt64(truncatingIfNeeded: bytes.byteCount) &* 0x9E37_79B9_7F4A_7C15
    var place = 0
    while place &+ 8 <= bytes.byteCount {
      hash = unsafe stirred(hash ^ bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: place, as: UInt64.self))
      place &+= 8
    }
    var rest: UInt64 = 0
    while place < bytes.byteCount {
      rest = unsafe rest << 8 | UInt64(bytes.unsafeLoad(fromUncheckedByteOffset: place, as: UInt8.self))
      place &+= 1
    }
    return mixed(hash ^ rest)
  }

  @inline(__always)
  private static func stirred(_ value: UInt64) -> UInt64 {
    let product = value &* 0xBF58_476D_1CE4_E5B9
    return product ^ product >> 32
  }

  /// Of a label, from the hashes of its name and its value.
  @inline(__always)
  static func pair(_ name: UInt64, _ value: UInt64) -> UInt64 { mixed(name &* 3 &+ value) }
}
