/// What Thanos keeps of the samples of a window when it downsamples.
public enum Aggregate: Int, CaseIterable, Sendable {
  /// How many samples the window had.
  case count
  case sum
  case min
  case max
  /// The counter's values with its resets taken out. The first and last sample of a chunk are raw ones: the first may lie
  /// before the chunk's minimum time, the last repeats the time stamp before it.
  case counter
}

/// A chunk of a downsampled block: up to five chunks, one an aggregate (Thanos' `pkg/compact/downsample/aggr.go`).
///
/// ```
/// 5 × ┌─────────────────┬──────────┬───────────┐     uvarint 0 alone: this aggregate is absent
///     │ uvarint length  │ encoding │ data      │     length counts the data only
///     └─────────────────┴──────────┴───────────┘
/// ```
public struct AggregateChunk: ~Escapable {
  private let data: RawSpan
  private var slots = InlineArray<5, Slot>(repeating: Slot(start: 0, length: 0))

  private struct Slot {
    /// Of the encoding byte; 0 if the aggregate is absent, for a length always comes before.
    let start: Int
    let length: Int
  }

  /// Finds the slots; does not decode them.
  /// - Throws: `Fault` with an offset from the start of `data`.
  @_lifetime(copy data)
  public init(_ data: RawSpan) throws(Fault) {
    self.data = data
    var offset = 0
    for index in slots.indices {
      let length = try Self.readLength(data, &offset)
      if length == 0 { continue }
      guard length < UInt64(data.byteCount - offset) else {
        throw Fault(.outOfRange, at: offset, expected: "an aggregate that ends inside its chunk", found: length)
      }
      slots[index] = Slot(start: offset, length: Int(length))
      offset += 1 + Int(length)
    }
  }

  /// `nil` if the chunk does not have this aggregate.
  public func encoding(of aggregate: Aggregate) -> ChunkEncoding? {
    let slot = slots[aggregate.rawValue]
    if slot.start == 0 { return nil }
    return ChunkEncoding(rawValue: ChunkHeader.byte(data, at: slot.start))
  }

  /// The data of an aggregate, empty if it is absent.
  @_lifetime(copy self)
  public func data(of aggregate: Aggregate) -> RawSpan {
    let slot = slots[aggregate.rawValue]
    let start = slot.start == 0 ? 0 : slot.start + 1
    return data.extracting(start..<start + slot.length)
  }

  /// Where `data(of:)` begins, in bytes from the start of the chunk's data: what to add to the offset of its faults.
  public func offset(of aggregate: Aggregate) -> Int { slots[aggregate.rawValue].start + 1 }

  private static func readLength(_ data: RawSpan, _ offset: inout Int) throws(Fault) -> UInt64 {
    let start = offset
    var value: UInt64 = 0
    // Five bytes hold more than any chunk can.
    for shift in stride(from: UInt64(0), to: 35, by: 7) {
      guard offset < data.byteCount else {
        throw Fault(.truncated, at: offset, expected: "the length of an aggregate")
      }
      let byte = UInt64(ChunkHeader.byte(data, at: offset))
      offset += 1
      value |= (byte & 0x7f) << shift
      if byte < 0x80 { return value }
    }
    throw Fault(.malformed, at: start, expected: "the length of an aggregate in at most 5 bytes")
  }
}
