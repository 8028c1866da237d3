/// What is kept of a symbol table that passed by: a hash of each symbol, and where every 32nd of them lies.
///
/// - Memory: 8 bytes and an eighth a symbol, in version 1 (whose references are offsets) 12 bytes. Of a table with more
///   than `limit` symbols no hashes are kept, see `isWhole`.
struct SymbolLedger: Sendable {
  static let stride = 32

  private let isVersion1: Bool
  private let limit: Int
  private var hashes: [UInt64] = []
  /// Version 1: the offset of each symbol from the start of the file.
  private var offsets: [UInt32] = []
  /// Of every 32nd symbol, bytes from the start of the file.
  private(set) var samples: [UInt64] = []
  private(set) var count: UInt64 = 0
  /// Where the symbols end, bytes from the start of the file.
  var end: UInt64 = 0
  /// Whether each symbol sorts after the one before it: only then does comparing references compare strings.
  var isSorted = true
  /// The reference of the empty string, if it is among the symbols.
  private(set) var empty: UInt64?
  /// Whether the table was read to its end and had the right checksum.
  var isIntact = false

  init(isVersion1: Bool, limit: Int) { (self.isVersion1, self.limit) = (isVersion1, limit) }

  /// Whether every symbol has its hash here.
  var isWhole: Bool { isIntact && count <= UInt64(limit) }

  mutating func reserve(_ count: UInt64) {
    let count = Int(min(count, UInt64(limit)))
    hashes.reserveCapacity(count)
    if isVersion1 { offsets.reserveCapacity(count) }
  }

  mutating func append(_ symbol: RawSpan, at offset: UInt64) {
    if symbol.byteCount == 0 { empty = isVersion1 ? offset : count }
    if count % UInt64(Self.stride) == 0 { samples.append(offset) }
    count &+= 1
    guard hashes.count < limit else { return }
    hashes.append(LabelHash.of(symbol))
    if isVersion1 { offsets.append(UInt32(truncatingIfNeeded: offset)) }
  }

  /// References outside of these are none of the table's.
  var bounds: SymbolBounds {
    guard isVersion1 else { return SymbolBounds(lowest: 0, count: count) }
    let lowest = samples.first ?? 0
    return SymbolBounds(lowest: lowest, count: min(end, 1 << 32) &- min(lowest, end))
  }

  /// The hash of a symbol, `nil` if there is none at this reference.
  @inline(__always)
  func hash(of reference: UInt32) -> UInt64? {
    guard isVersion1 else { return reference < UInt64(hashes.count) ? hashes[Int(reference)] : nil }
    return place(of: reference).map { hashes[$0] }
  }

  /// Whether a reference inside of `bounds` is that of a symbol: in version 1 it may point into the middle of one.
  @inline(__always)
  func contains(_ reference: UInt32) -> Bool { !isVersion1 || !isWhole || place(of: reference) != nil }

  private func place(of offset: UInt32) -> Int? {
    var (low, high) = (0, offsets.count)
    while low < high {
      let middle = (low + high) / 2
      if offsets[middle] < offset { low = middle + 1 } else { high = middle }
    }
    return low < offsets.count && offsets[low] == offset ? low : nil
  }

  /// The bytes of the file that hold a symbol; not all of them where it is very long.
  func range(of reference: UInt32) -> Range<UInt64>? {
    let start: UInt64
    let last: UInt64
    if isVersion1 {
      guard UInt64(reference) < end else { return nil }
      start = UInt64(reference)
      last = end
    } else {
      guard UInt64(reference) < count else { return nil }
      let sample = Int(reference) / Self.stride
      start = samples[sample]
      last = sample + 1 < samples.count ? samples[sample + 1] : end
    }
    return start < last ? start..<min(last, start &+ (isVersion1 ? 4096 : 256 << 10)) : nil
  }

  /// How many symbols lie before this one in its range.
  func skipped(before reference: UInt32) -> Int { isVersion1 ? 0 : Int(reference) % Self.stride }
}
