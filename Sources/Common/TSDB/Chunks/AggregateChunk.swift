/// What Thanos keeps of the samples of a window when it downsamples.
public enum Aggregate: Int, CaseIterable, Sendable {
  /// How many samples the window had.
  case count
  case sum
  case min
  case max
  /// The counter's values with its resets taken out. The first and last sample of a chunk are raw ones: the first may
  /// lie before the chunk's minimum time, the last repeats the time stamp before it.
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
  private var slots = InlineArray<5, Slot>(repeating: Slot())

  private struct Slot {
    var encoding: ChunkEncoding?
    /// Where its data begins.
    var start = 0
    var length = 0
  }

  /// Finds the slots; does not decode them.
  /// - Throws: `Fault` with an offset from the start of `data`.
  @_lifetime(copy data)
  public init(_ data: RawSpan) throws(Fault) {
    self.data = data
    var reader = ByteReader(data)
    for index in slots.indices {
      let offset = reader.position
      let length = try reader.uvarint()
      if length == 0 { continue }
      // The encoding comes on top of the length.
      guard length < UInt64(reader.remaining) else {
        throw Fault(.outOfRange, at: offset, expected: "an aggregate that ends inside its chunk", found: length)
      }
      let encoding = ChunkEncoding(rawValue: try reader.uint8())
      slots[index] = Slot(encoding: encoding, start: reader.position, length: Int(length))
      try reader.skip(Int(length))
    }
  }

  /// `nil` if the chunk does not have this aggregate.
  public func encoding(of aggregate: Aggregate) -> ChunkEncoding? { slots[aggregate.rawValue].encoding }

  /// The data of an aggregate, empty if it is absent.
  @_lifetime(copy self)
  public func data(of aggregate: Aggregate) -> RawSpan {
    let slot = slots[aggregate.rawValue]
    return data.extracting(slot.start..<slot.start + slot.length)
  }

  /// Where `data(of:)` begins, in bytes from the start of the chunk's data: what to add to the offset of its faults.
  public func offset(of aggregate: Aggregate) -> Int { slots[aggregate.rawValue].start }
}
