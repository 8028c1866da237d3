/// Where the series entries of an index begin: a bit for each place that can have one.
///
/// - Memory: section / 128 bytes, in version 1 (whose entries stand anywhere) section / 8; it grows with the entries
///   that really come. Beyond a limit no more places are kept, see `isWhole`.
public struct SeriesSet: Sendable {
  /// Words.
  private let limit: Int
  private let start: UInt64
  private let alignment: UInt64
  private var words: [UInt64] = []
  /// Whether every entry that was read is in here.
  public private(set) var isWhole = true

  init() { (start, alignment, limit) = (0, 1, 0) }

  /// - Parameters:
  ///   - start: of the series section, bytes from the start of the file.
  ///   - alignment: of entries.
  ///   - limit: places that are kept.
  init(start: UInt64, alignment: Int, limit: Int) {
    self.limit = limit / 64
    self.alignment = UInt64(max(1, alignment))
    self.start = start / self.alignment
  }

  mutating func insert(_ offset: UInt64) {
    let place = offset / alignment &- start
    let word = Int(clamping: place / 64)
    guard word < limit else {
      isWhole = false
      return
    }
    while words.count <= word { words.append(0) }
    words[word] |= 1 << (place % 64)
  }

  /// Where the entry of a series begins in the index, `nil` if there is none.
  func entry(of reference: UInt64) -> UInt64? { contains(reference) ? reference &* alignment : nil }

  /// Whether postings or tombstones may refer to a series by this number.
  @inline(__always)
  public func contains(_ reference: UInt64) -> Bool {
    let place = reference &- start
    let word = place / 64
    return word < UInt64(words.count) && words[Int(word)] >> (place % 64) & 1 == 1
  }
}
