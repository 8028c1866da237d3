internal import CPlatform

/// A hash function whose states are advanced several at once, by blocks of 64 bytes.
enum DigestKernel: Hashable, Sendable {
  case md5(MD5Variant)
  /// By the processor's own instructions.
  case sha256

  /// States advanced at once; 0 where the machine cannot. To be asked once: it asks the processor, which takes long in a
  /// virtual machine.
  var lanes: Int {
    switch self {
    case .md5(let variant): blockhaul_md5_lanes(variant.rawValue)
    case .sha256: blockhaul_sha256_lanes()
    }
  }

  /// The words of a state before the first block.
  var initial: [UInt32] {
    switch self {
    case .md5: [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476]
    case .sha256:
      [
        0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19,
      ]
    }
  }

  /// Of the words of a digest and of the length at the end.
  var isBigEndian: Bool { self == .sha256 }

  /// Advances the states of all lanes.
  /// - Parameters:
  ///   - lanes: what `lanes` is on this machine.
  ///   - state: the first words of all states, then the second and so on.
  ///   - data: the start of each lane's blocks.
  func advance(
    lanes: Int, _ state: UnsafeMutablePointer<UInt32>, _ data: UnsafePointer<UnsafePointer<UInt8>?>, blocks: Int
  ) {
    switch self {
    case .md5(let variant): unsafe blockhaul_md5_advance(variant.rawValue, state, data, blocks)
    case .sha256: unsafe blockhaul_sha256_advance(lanes, state, data, blocks)
    }
  }

  /// Advances one state in the way that is fastest for a single one.
  func advanceOne(_ state: UnsafeMutablePointer<UInt32>, _ data: UnsafePointer<UnsafePointer<UInt8>?>, blocks: Int) {
    switch self {
    case .md5: unsafe blockhaul_md5_advance(MD5Variant.plain.rawValue, state, data, blocks)
    case .sha256: unsafe blockhaul_sha256_advance(1, state, data, blocks)
    }
  }
}

/// How MD5 states are advanced together; which of them there are depends on the machine.
enum MD5Variant: Int32, CaseIterable {
  /// One state after the other.
  case plain
  /// Vectors of 128 bits: every x86-64 and arm64.
  case vectors128
  case avx2
  case avx512

  /// The fastest that this machine has.
  static let best = allCases.last { DigestKernel.md5($0).lanes > 0 } ?? .plain
}
