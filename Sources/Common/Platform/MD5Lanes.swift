internal import CSystem

/// How MD5 states are advanced together; which of them there are depends on the machine.
enum MD5Variant: Int32, CaseIterable {
  /// One state after the other.
  case plain
  /// Vectors of 128 bits: every x86-64 and arm64.
  case vectors128
  case avx2
  case avx512

  /// States advanced at once, at most 16; 0 where the machine does not have the variant.
  var lanes: Int { blockhaul_md5_lanes(rawValue) }

  /// The fastest that this machine has.
  static let best = allCases.last { $0.lanes > 0 } ?? .plain
}

/// What is to be hashed.
enum MD5Source: Sendable {
  case bytes([UInt8])
  /// A region in bytes.
  case file(OpenFile, Range<UInt64>)

  /// Bytes.
  var size: UInt64 {
    switch self {
    case .bytes(let bytes): UInt64(bytes.count)
    case .file(_, let range): range.upperBound - range.lowerBound
    }
  }

  /// Copies the bytes from `offset` on, counted from the source's front, until `buffer` is full. Blocks.
  /// - Throws: `FileError.endOfFile` if the file has become shorter.
  fileprivate func read(at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer) throws(FileError) {
    switch self {
    case .bytes(let bytes):
      let start = Int(offset)
      unsafe buffer.copyBytes(from: bytes[start..<start + buffer.count])
    case .file(let file, let range):
      guard try unsafe file.read(at: range.lowerBound + offset, into: buffer) == buffer.count else {
        throw FileError(endOfFile: file.path)
      }
    }
  }
}

/// MD5 computations that go on together, each in a lane of its own.
///
/// One MD5 is a chain of operations that wait for each other, and most of the processor idles meanwhile. Sixteen chains
/// in the lanes of vector registers take hardly longer than one.
@safe struct MD5Lanes: ~Copyable {
  private struct Lane {
    let source: MD5Source
    /// Bytes of the source that were read.
    var read: UInt64 = 0
    /// Of the next block in the lane's buffer.
    var offset = 0
    /// Blocks in the buffer from there on.
    var blocks = 0
    var isPadded = false
  }

  let count: Int
  private let variant: MD5Variant
  private let window: Int
  private var lanes: [Lane?]
  /// A window for each lane; all of it is initialized, since lanes without work read along.
  private let buffers: UnsafeMutableRawBufferPointer
  /// The first words of all lanes, the second, third and fourth; then room for the words of one.
  private let state: UnsafeMutablePointer<UInt32>
  private let places: UnsafeMutablePointer<UnsafePointer<UInt8>?>

  private static let block = 64
  private static let initial: [UInt32] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476]

  /// - Parameters:
  ///   - variant: one that the machine has; `plain` is taken instead of another.
  ///   - window: bytes read at a time for each lane, a multiple of 64.
  init(_ variant: MD5Variant = .best, window: Int = 32 << 10) {
    self.variant = variant.lanes > 0 ? variant : .plain
    self.window = max(1, window / Self.block) * Self.block
    count = self.variant.lanes
    lanes = Array(repeating: nil, count: count)
    unsafe buffers = .allocate(byteCount: (self.window + 2 * Self.block) * count, alignment: Self.block)
    unsafe buffers.initializeMemory(as: UInt8.self, repeating: 0)
    unsafe state = .allocate(capacity: 4 * count + 4)
    unsafe state.initialize(repeating: 0, count: 4 * count + 4)
    unsafe places = .allocate(capacity: count)
    unsafe places.initialize(repeating: nil, count: count)
  }

  deinit {
    unsafe buffers.deallocate()
    unsafe state.deallocate()
    unsafe places.deallocate()
  }

  /// Gives a free lane its work.
  mutating func start(_ source: MD5Source, in lane: Int) {
    lanes[lane] = Lane(source: source)
    for word in 0..<4 { unsafe state[word * count + lane] = Self.initial[word] }
  }

  /// Reads what a lane needs for the next call of `advance`. Blocks.
  mutating func fill(_ number: Int) throws(FileError) {
    guard var lane = lanes[number], lane.blocks == 0, !lane.isPadded else { return }
    let size = lane.source.size
    let buffer = unsafe buffer(of: number)
    var filled = Int(min(UInt64(window), size - lane.read))
    try unsafe lane.source.read(at: lane.read, into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<filled]))
    lane.read += UInt64(filled)
    if lane.read == size {
      unsafe filled = Self.pad(buffer, from: filled, size: size)
      lane.isPadded = true
    }
    lane.offset = 0
    lane.blocks = filled / Self.block
    lanes[number] = lane
  }

  /// RFC 1321, 3.1 and 3.2: a bit, zeros up to 8 bytes before the end of a block, the length in bits.
  /// - Returns: the end of the padding.
  private static func pad(_ buffer: UnsafeMutableRawBufferPointer, from start: Int, size: UInt64) -> Int {
    let end = (start + 9 + block - 1) / block * block
    unsafe buffer[start] = 0x80
    for place in start + 1..<end - 8 { unsafe buffer[place] = 0 }
    unsafe buffer.storeBytes(of: (size &* 8).littleEndian, toByteOffset: end - 8, as: UInt64.self)
    return end
  }

  /// Two blocks longer than a window: one for the padding; and with the other, buffers do not begin a power of two
  /// apart, where all lanes' bytes would share a few lines of the processor's cache.
  private func buffer(of lane: Int) -> UnsafeMutableRawBufferPointer {
    let size = window + 2 * Self.block
    return unsafe UnsafeMutableRawBufferPointer(rebasing: buffers[lane * size..<(lane + 1) * size])
  }

  /// Advances all that was filled by as many blocks as each of them has.
  mutating func advance() {
    var blocks = Int.max
    var working = 0
    var last = 0
    for number in 0..<count {
      let lane = lanes[number].flatMap { $0.blocks > 0 ? $0 : nil }
      // A lane without work reads along from its buffer's front.
      unsafe places[number] = buffer(of: number).baseAddress.map {
        unsafe UnsafePointer(($0 + (lane?.offset ?? 0)).assumingMemoryBound(to: UInt8.self))
      }
      guard let lane else { continue }
      blocks = min(blocks, lane.blocks)
      working += 1
      last = number
    }
    guard working > 0 else { return }
    if working == 1 {
      advance(only: last, blocks)
    } else {
      unsafe blockhaul_md5_advance(variant.rawValue, state, places, blocks)
    }
    for number in 0..<count where (lanes[number]?.blocks ?? 0) > 0 {
      lanes[number]?.offset += blocks * Self.block
      lanes[number]?.blocks -= blocks
    }
  }

  /// A single chain goes faster without vectors.
  private func advance(only lane: Int, _ blocks: Int) {
    let words = unsafe state + 4 * count
    for word in 0..<4 { unsafe words[word] = state[word * count + lane] }
    unsafe blockhaul_md5_advance(MD5Variant.plain.rawValue, words, places + lane, blocks)
    for word in 0..<4 { unsafe state[word * count + lane] = words[word] }
  }

  /// Frees a lane whose work is given up.
  mutating func clear(_ lane: Int) { lanes[lane] = nil }

  /// The digest (16 bytes) of a lane that has come to its end, which frees it; `nil` for any other.
  mutating func finish(_ number: Int) -> [UInt8]? {
    guard let lane = lanes[number], lane.isPadded, lane.blocks == 0 else { return nil }
    lanes[number] = nil
    var digest: [UInt8] = []
    for word in 0..<4 {
      let value = unsafe state[word * count + number]
      digest += [0, 8, 16, 24].map { UInt8(truncatingIfNeeded: value >> $0) }
    }
    return digest
  }
}
