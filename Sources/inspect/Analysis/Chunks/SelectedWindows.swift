import TSDB

/// Puts chunks that lie near each other into windows to be read at once, while they come in the order of the segments.
struct SelectedWindows: Sendable {
  struct Window: Sendable {
    /// Place among the block's segments.
    let segment: Int
    /// Bytes from the start of the segment.
    var range: Range<UInt64>
    var owners: [ChunkOwner]
    /// Whether it has one chunk, which may go on to the end of the window or end anywhere before.
    let isLong: Bool

    /// The first bytes of its range.
    func range(first count: UInt64) -> Range<UInt64> {
      range.lowerBound..<min(range.upperBound, range.lowerBound &+ count)
    }
  }

  /// What is enough for a chunk's length, and for all of a short one.
  static let headSize: UInt64 = 4 << 10
  /// Bytes of a window at most. A chunk of which that much lies before the next one of the index comes by itself.
  private static let longest: UInt64 = 4 << 20
  private static let longestChunk: UInt64 = 1 << 20
  /// Chunks of a window at most.
  private static let mostChunks = 1 << 16

  /// Between two chunks, bytes that are read along.
  private let gap: UInt64
  private var open: Window?
  private var whole: [Window] = []

  init(gap: UInt64) { self.gap = gap }

  /// - Parameter bytes: up to the next chunk of the index.
  mutating func add(_ owner: ChunkOwner, _ bytes: UInt64) {
    let offset = owner.reference & 0xffff_ffff
    let window = Window(
      segment: Int(owner.reference >> 32), range: offset..<(offset + bytes), owners: [owner],
      isLong: bytes > Self.longestChunk)
    if let start = open.flatMap({ joins($0, window) ? $0.range.lowerBound : nil }) {
      open?.range = start..<window.range.upperBound
      open?.owners.append(owner)
      return
    }
    finish()
    open = window
    if window.isLong { finish() }
  }

  private func joins(_ window: Window, _ next: Window) -> Bool {
    guard window.segment == next.segment, !next.isLong, window.owners.count < Self.mostChunks else { return false }
    return next.range.lowerBound - window.range.upperBound <= gap
      && next.range.upperBound - window.range.lowerBound <= Self.longest
  }

  /// To be called when there are no more.
  mutating func finish() {
    if let open { whole.append(open) }
    open = nil
  }

  /// The windows to which nothing comes any more.
  mutating func takeWhole() -> [Window] {
    defer { whole = [] }
    return whole
  }
}
