import BlockBytes
import Platform
import Synchronization
import TSDB

/// The chunks of an index in the order in which they lie in the segments, for whoever goes through these: index and
/// segments are walked side by side, so that neither has to be held.
///
/// Prometheus and Thanos write the chunks of a block in the order of its series, so that a window of the index is all
/// that is held. An index that has them in another order is gone through once for every half a million of its chunks,
/// with those of each pass sorted.
///
/// - Memory: the chunks of a window of the index, or 24 MB for another order, and what groups take.
final class OwnerWalk: Sendable {
  /// The index has chunks in another order than the segments.
  struct OtherOrder: Error {}

  private struct State: Sendable {
    var windows: SeriesWindows
    var reading: OwnerReading
    /// From `start` on not handed over.
    var owners: [ChunkOwner] = []
    var start = 0
    /// Of the last chunk that was taken in.
    var last: UInt64?
    /// Chunks that another series has, too.
    var shared: UInt64 = 0
    /// Whether there may be chunks behind `owners`.
    var hasMore = true

    /// Hands over the chunks of the series in a window of the index, with those that are held.
    mutating func take(_ window: [UInt8], _ body: (inout [ChunkOwner], ChunkOwner) throws -> Void) throws {
      // Taken out, as the closures must not reach into `self` while a part of it is changed.
      var (owners, windows) = ([ChunkOwner](), windows)
      swap(&owners, &self.owners)
      defer { swap(&owners, &self.owners) }
      try windows.take(window.rawBytes) { entry in
        try reading.read(entry) { owner in try body(&owners, owner) }
      }
      self.windows = windows
    }

    /// Leaves each chunk to the first series that has it.
    mutating func dropShared() {
      var kept = 0
      for place in owners.indices {
        if kept > 0, owners[kept - 1].reference == owners[place].reference { continue }
        owners[kept] = owners[place]
        kept += 1
      }
      shared &+= UInt64(owners.count - kept)
      owners.removeLast(owners.count - kept)
    }
  }

  private let block: InspectedBlock
  private let index: Index
  private let window: UInt64
  private let isInOrder: Bool
  private let passLimit: Int
  private let state: Mutex<State>

  /// - Parameters:
  ///   - isInOrder: whether the chunks are taken for being in the order of the segments.
  ///   - passLimit: of an index in another order, chunks that are held after a pass, and half of those held in one.
  init(
    _ block: InspectedBlock, _ index: Index, _ reading: OwnerReading, isInOrder: Bool, passLimit: Int = 500_000
  ) throws {
    (self.block, self.index, self.isInOrder, self.passLimit) = (block, index, isInOrder, max(1, passLimit))
    window = block.data is LocalBlockData ? 1 << 20 : 8 << 20
    state = Mutex(State(windows: try SeriesWindows(index, window: window), reading: reading))
  }

  /// The groups, and what the series of each told, once all were seen.
  var reading: OwnerReading { state.withLock { $0.reading } }
  /// Chunks that more than one series has; they count for the first.
  var sharedChunks: UInt64 { state.withLock { $0.shared } }

  /// The next chunks that lie before a place, in their order.
  /// - Parameter end: segment << 32 | offset.
  /// - Throws: `OtherOrder`; `TSDBError` for a damaged index, `FileError`, `BucketError`.
  func owners(before end: UInt64) async throws -> [ChunkOwner] {
    var result: [ChunkOwner] = []
    while true {
      let hasMore = state.withLock { state in
        let found = state.owners[state.start...].partitioningIndex { $0.reference >= end }
        result += state.owners[state.start..<found]
        state.start = found
        return found == state.owners.count && state.hasMore
      }
      guard hasMore else { return result }
      try await readOn()
    }
  }

  /// The next chunks, as many as are at hand.
  /// - Returns: none after the last one.
  /// - Throws: as `owners(before:)`.
  func next() async throws -> [ChunkOwner] {
    while true {
      let (owners, hasMore) = state.withLock { state in
        let owners = Array(state.owners[state.start...])
        state.start = state.owners.count
        return (owners, state.hasMore)
      }
      if !owners.isEmpty || !hasMore { return owners }
      try await readOn()
    }
  }

  private func readOn() async throws {
    if isInOrder { try await readWindow() } else { try await pass() }
  }

  // MARK: The order of the segments

  private func readWindow() async throws {
    guard let range = state.withLock({ $0.windows.next }) else { return state.withLock { $0.hasMore = false } }
    let window = try await block.data.read(block.index, range)
    try await BlockingPool.shared.run { [self] in
      try state.withLock { state in
        state.owners.removeFirst(state.start)
        state.start = 0
        var (last, shared) = (state.last, state.shared)
        try state.take(window) { owners, owner in
          if let last, owner.reference <= last {
            guard owner.reference == last else { throw OtherOrder() }
            shared &+= 1
          } else {
            last = owner.reference
            owners.append(owner)
          }
        }
        (state.last, state.shared) = (last, shared)
      }
    }
  }

  // MARK: Any other order

  /// Goes through all of the index for the chunks that lie next.
  private func pass() async throws {
    let lowest = try state.withLock { state in
      state.windows = try SeriesWindows(index, window: window)
      (state.owners, state.start, state.hasMore) = ([], 0, false)
      if state.last != nil { state.reading.restart() }
      return state.last.map { $0 &+ 1 } ?? 0
    }
    while let range = state.withLock({ $0.windows.next }) {
      let window = try await block.data.read(block.index, range)
      try await BlockingPool.shared.run { [self] in
        try state.withLock { state in
          var isCut = false
          try state.take(window) { owners, owner in
            if owner.reference >= lowest { owners.append(owner) }
            if owners.count >= 2 * passLimit { isCut = Self.cut(&owners, to: passLimit) || isCut }
          }
          state.hasMore = isCut || state.hasMore
        }
      }
    }
    await BlockingPool.shared.run { [self] in
      state.withLock { state in
        state.hasMore = Self.cut(&state.owners, to: passLimit) || state.hasMore
        state.last = state.owners.last?.reference ?? state.last
        state.dropShared()
      }
    }
  }

  /// Leaves those that lie first.
  /// - Returns: whether there were more.
  private static func cut(_ owners: inout [ChunkOwner], to limit: Int) -> Bool {
    owners.sort { $0.reference < $1.reference }
    guard owners.count > limit else { return false }
    // A chunk that several series have stays together.
    let last = owners[limit - 1].reference
    let end = owners[limit...].firstIndex { $0.reference != last } ?? owners.count
    defer { owners.removeSubrange(end...) }
    return end < owners.count
  }
}
