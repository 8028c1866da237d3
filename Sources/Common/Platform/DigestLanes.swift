/// What is to be hashed.
enum DigestSource: Sendable {
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

/// Digests that are computed together, each in a lane of its own.
///
/// One MD5 or SHA-256 is a chain of operations that wait for each other, and most of the processor idles meanwhile.
/// Several chains side by side, for MD5 in the lanes of vector registers, take hardly longer than one.
@safe struct DigestLanes: ~Copyable {
  private struct Lane {
    let source: DigestSource
    /// Bytes of the source that were read.
    var read: UInt64 = 0
    /// Of the next block in the lane's buffer.
    var offset = 0
    /// Blocks in the buffer from there on.
    var blocks = 0
    var isPadded = false
  }

  let count: Int
  private let kernel: DigestKernel
  private let initial: [UInt32]
  private let window: Int
  private var lanes: [Lane?]
  /// A window for each lane; all of it is initialized, since lanes without work read along.
  private let buffers: UnsafeMutableRawBufferPointer
  /// The first words of all lanes, the second and so on; then room for the words of one.
  private let state: UnsafeMutablePointer<UInt32>
  private let places: UnsafeMutablePointer<UnsafePointer<UInt8>?>

  private static let block = 64

  /// - Parameters:
  ///   - kernel: one that the machine has.
  ///   - window: bytes read at a time for each lane, a multiple of 64.
  init(_ kernel: DigestKernel, window: Int = 32 << 10) {
    self.kernel = kernel
    initial = kernel.initial
    self.window = max(1, window / Self.block) * Self.block
    count = kernel.lanes
    lanes = Array(repeating: nil, count: count)
    unsafe buffers = .allocate(byteCount: (self.window + 2 * Self.block) * count, alignment: Self.block)
    unsafe buffers.initializeMemory(as: UInt8.self, repeating: 0)
    unsafe state = .allocate(capacity: initial.count * (count + 1))
    unsafe state.initialize(repeating: 0, count: initial.count * (count + 1))
    unsafe places = .allocate(capacity: count)
    unsafe places.initialize(repeating: nil, count: count)
  }

  deinit {
    unsafe buffers.deallocate()
    unsafe state.deallocate()
    unsafe places.deallocate()
  }

  /// Gives a free lane its work.
  mutating func start(_ source: DigestSource, in lane: Int) {
    lanes[lane] = Lane(source: source)
    for (word, value) in initial.enumerated() { unsafe state[word * count + lane] = value }
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
      unsafe filled = pad(buffer, from: filled, size: size)
      lane.isPadded = true
    }
    lane.offset = 0
    lane.blocks = filled / Self.block
    lanes[number] = lane
  }

  /// RFC 1321, 3.1 and 3.2, and FIPS 180-4, 5.1.1: a bit, zeros up to 8 bytes before the end of a block, the length in
  /// bits.
  /// - Returns: the end of the padding.
  private func pad(_ buffer: UnsafeMutableRawBufferPointer, from start: Int, size: UInt64) -> Int {
    let end = (start + 9 + Self.block - 1) / Self.block * Self.block
    unsafe buffer[start] = 0x80
    for place in start + 1..<end - 8 { unsafe buffer[place] = 0 }
    let bits = kernel.isBigEndian ? (size &* 8).bigEndian : (size &* 8).littleEndian
    unsafe buffer.storeBytes(of: bits, toByteOffset: end - 8, as: UInt64.self)
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
      unsafe kernel.advance(lanes: count, state, places, blocks: blocks)
    }
    for number in 0..<count where (lanes[number]?.blocks ?? 0) > 0 {
      lanes[number]?.offset += blocks * Self.block
      lanes[number]?.blocks -= blocks
    }
  }

  /// A single chain goes faster by itself.
  private func advance(only lane: Int, _ blocks: Int) {
    let words = unsafe state + initial.count * count
    for word in initial.indices { unsafe words[word] = state[word * count + lane] }
    unsafe kernel.advanceOne(words, places + lane, blocks: blocks)
    for word in initial.indices { unsafe state[word * count + lane] = words[word] }
  }

  /// Frees a lane whose work is given up.
  mutating func clear(_ lane: Int) { lanes[lane] = nil }

  /// The digest of a lane that has come to its end, which frees it; `nil` for any other.
  mutating func finish(_ number: Int) -> [UInt8]? {
    guard let lane = lanes[number], lane.isPadded, lane.blocks == 0 else { return nil }
    lanes[number] = nil
    var digest: [UInt8] = []
    for word in initial.indices {
      let value = unsafe state[word * count + number]
      let ordered = kernel.isBigEndian ? value.byteSwapped : value
      digest += [0, 8, 16, 24].map { UInt8(truncatingIfNeeded: ordered >> $0) }
    }
    return digest
  }
}
