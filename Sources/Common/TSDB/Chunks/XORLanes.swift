internal import CPlatform

/// Decodes XOR chunks of one buffer to their ends side by side, where the processor can do that: keep one a thread.
///
/// What it cannot judge it leaves to `XORDecoder`, which alone names faults: damaged chunks, those of less than three
/// samples or with a time stamp of 64 bits between them, and those at the very end of the buffer.
struct XORLanes: Sendable {
  /// Whether this machine's processor can do it.
  static let exist = blockhaul_xor_has_lanes() != 0
  static let count = Int(blockhaul_xor_lanes)

  /// Milliseconds: no sum of fewer than 65 536 steps from within leads past the end of the numbers.
  private static let times: ClosedRange<Int64> = -(1 << 60)...(1 << 60)
  private static let deltas: ClosedRange<Int64> = -(1 << 40)...(1 << 40)

  /// Of all lanes, column by column.
  private var state = [Int64](repeating: 0, count: Int(blockhaul_xor_columns) * count)
  /// What is known of the chunk in each lane.
  private var opened = [Opened](repeating: Opened(), count: count)

  private struct Opened: Sendable {
    var number = 0
    var samples = 0
    var first: Int64 = 0
    /// Of the last sample, if all were at the distance of the first two.
    var last: Int64 = 0
  }

  /// - Parameters:
  ///   - chunks: where the data of each lies in `bytes`.
  ///   - summaries: becomes what is known of each chunk, in their order; `nil` for those left to `XORDecoder`.
  mutating func summarize(_ chunks: [Range<Int>], in bytes: RawSpan, _ summaries: inout [ChunkSummary?]) {
    summaries.removeAll(keepingCapacity: true)
    summaries.append(contentsOf: repeatElement(nil, count: chunks.count))
    var waiting = chunks.indices
    var active: UInt32 = 0
    var free: UInt32 = 1 &<< UInt32(Self.count) &- 1
    repeat {
      while free != 0, let number = waiting.popFirst() {
        let lane = free.trailingZeroBitCount
        guard open(number, at: chunks[number], in: bytes, lane) else { continue }
        active |= 1 &<< UInt32(lane)
        free &= free &- 1
      }
      if active == 0 { return }
      let halting = advance(bytes, active)
      active &= ~halting
      free |= halting
      var rest = halting
      while rest != 0 {
        let lane = rest.trailingZeroBitCount
        summaries[opened[lane].number] = summary(of: lane)
        rest &= rest &- 1
      }
    } while true
  }

  /// Puts a chunk into a lane.
  /// - Returns: whether it belongs there.
  private mutating func open(_ number: Int, at range: Range<Int>, in bytes: RawSpan, _ lane: Int) -> Bool {
    guard range.upperBound <= bytes.byteCount &- Int(blockhaul_xor_slack) else { return false }
    let data = bytes.extracting(range)
    var header = ByteReader(data)
    guard let samples = (try? header.uint16()).map(Int.init), samples > 2,
      let walk = try? XORWalk(data, samples: samples), walk.position <= data.byteCount &* 8,
      Self.times.contains(walk.first), Self.deltas.contains(walk.delta)
    else { return false }
    let last = walk.time + walk.delta * Int64(samples - 2)
    opened[lane] = Opened(number: number, samples: samples, first: walk.first, last: last)
    set(lane, blockhaul_xor_position, Int64(range.lowerBound &* 8 &+ walk.position))
    set(lane, blockhaul_xor_end, Int64(range.upperBound &* 8))
    set(lane, blockhaul_xor_left, Int64(samples &- 2))
    set(lane, blockhaul_xor_width, Int64(walk.width &- 1))
    set(lane, blockhaul_xor_widest, 0)
    set(lane, blockhaul_xor_delta, walk.delta)
    set(lane, blockhaul_xor_least, walk.delta)
    set(lane, blockhaul_xor_drift, 0)
    return true
  }

  /// What is known of the chunk in a lane that has halted.
  private func summary(of lane: Int) -> ChunkSummary? {
    guard get(lane, blockhaul_xor_left) == 0,
      get(lane, blockhaul_xor_position) <= get(lane, blockhaul_xor_end),
      get(lane, blockhaul_xor_widest) <= Int64(blockhaul_xor_sound)
    else { return nil }
    let opened = opened[lane]
    return ChunkSummary(
      samples: opened.samples, first: opened.first, last: opened.last &+ get(lane, blockhaul_xor_drift),
      isStrictlyRising: get(lane, blockhaul_xor_least) > 0)
  }

  private mutating func advance(_ bytes: RawSpan, _ active: UInt32) -> UInt32 {
    unsafe bytes.withUnsafeBytes { bytes in
      unsafe state.withUnsafeMutableBufferPointer { state in
        guard let state = state.baseAddress, let bytes = bytes.baseAddress else { return active }
        return unsafe blockhaul_xor_advance(state, bytes.assumingMemoryBound(to: UInt8.self), active)
      }
    }
  }

  private func get(_ lane: Int, _ column: Int) -> Int64 { state[column &* Self.count &+ lane] }

  private mutating func set(_ lane: Int, _ column: Int, _ value: Int64) {
    state[column &* Self.count &+ lane] = value
  }
}
