/// SHA-256 by the processor's own instructions, of bytes that come in pieces.
///
/// One stream leaves half of the processor idle, since each of its instructions waits for the one before: two streams
/// that are taken further together cost hardly more than one.
public struct SHA256Stream: Sendable {
  /// Whether this machine has the instructions.
  public static let isAvailable = DigestKernel.sha256.lanes == 2

  private static let block = 64
  private var state = DigestKernel.sha256.initial
  private var size: UInt64 = 0
  /// The front of a block that goes on in the next piece.
  private var rest: [UInt8] = []

  /// - Returns: `nil` on a machine without the instructions.
  public init?() {
    guard Self.isAvailable else { return nil }
  }

  /// Takes the next bytes.
  public mutating func update(_ bytes: RawSpan) {
    size &+= UInt64(bytes.byteCount)
    var place = 0
    if !rest.isEmpty {
      place = min(Self.block - rest.count, bytes.byteCount)
      keep(bytes.extracting(0..<place))
      guard rest.count == Self.block else { return }
      unsafe rest.withUnsafeBytes { unsafe Self.advance(&state, [$0.baseAddress], blocks: 1) }
      rest.removeAll(keepingCapacity: true)
    }
    let end = place + (bytes.byteCount - place) / Self.block * Self.block
    unsafe bytes.extracting(place..<end).withUnsafeBytes {
      unsafe Self.advance(&state, [$0.baseAddress], blocks: $0.count / Self.block)
    }
    keep(bytes.extracting(end..<bytes.byteCount))
  }

  /// Takes the next bytes of two streams. What one of them has more than the other, and what follows a piece that was
  /// no multiple of 64 bytes long, gains nothing.
  public static func update(
    _ first: inout SHA256Stream, with bytes: RawSpan, _ second: inout SHA256Stream, with others: RawSpan
  ) {
    let areAligned = first.rest.isEmpty && second.rest.isEmpty
    let common = areAligned ? min(bytes.byteCount, others.byteCount) / block * block : 0
    if common > 0 {
      var states = zip(first.state, second.state).flatMap { [$0, $1] }
      unsafe bytes.withUnsafeBytes { bytes in
        unsafe others.withUnsafeBytes { others in
          unsafe advance(&states, [bytes.baseAddress, others.baseAddress], blocks: common / block)
        }
      }
      for word in first.state.indices {
        first.state[word] = states[2 * word]
        second.state[word] = states[2 * word + 1]
      }
      first.size &+= UInt64(common)
      second.size &+= UInt64(common)
    }
    first.update(bytes.extracting(common..<bytes.byteCount))
    second.update(others.extracting(common..<others.byteCount))
  }

  /// The digest of what was taken, 32 bytes.
  public func finalize() -> [UInt8] {
    var last = self
    // FIPS 180-4, 5.1.1.
    var padding: [UInt8] = [0x80]
    while (rest.count + padding.count) % Self.block != Self.block - 8 { padding.append(0) }
    let bits = size &* 8
    padding += (0..<8).map { UInt8(truncatingIfNeeded: bits >> (56 - 8 * UInt64($0))) }
    last.update(unsafe padding.span.bytes)
    return last.state.flatMap { word in
      [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: word >> $0) }
    }
  }

  /// - Parameters:
  ///   - state: the first words of all streams, then the second and so on.
  ///   - data: the start of each stream's blocks.
  private static func advance(_ state: inout [UInt32], _ data: [UnsafeRawPointer?], blocks: Int) {
    guard blocks > 0 else { return }
    let places = unsafe data.map { unsafe $0?.assumingMemoryBound(to: UInt8.self) }
    unsafe state.withUnsafeMutableBufferPointer { state in
      unsafe places.withUnsafeBufferPointer { places in
        guard let state = state.baseAddress, let places = places.baseAddress else { return }
        unsafe DigestKernel.sha256.advance(lanes: data.count, state, places, blocks: blocks)
      }
    }
  }

  private mutating func keep(_ bytes: RawSpan) {
    unsafe bytes.withUnsafeBytes { unsafe rest.append(contentsOf: $0) }
  }
}
