import Synchronization

/// Lets one block after the other through, in the order of their numbers.
actor Turns {
  private var next = 0
  private var done: Set<Int> = []
  private var waiting: [Int: CheckedContinuation<Void, Never>] = [:]

  /// Returns when every number below has ended.
  func wait(for number: Int) async {
    guard number > next else { return }
    await withCheckedContinuation { waiting[number] = $0 }
  }

  /// A number's turn has ended, or will never be used.
  func end(_ number: Int) {
    guard number >= next else { return }
    done.insert(number)
    while done.remove(next) != nil {
      next += 1
      waiting.removeValue(forKey: next)?.resume()
    }
  }
}

/// How much of a block is still to come.
final class Remainder: Sendable {
  /// With less than this (bytes) under way a line is not full any more: eight parts of the usual size.
  private static let tail: UInt64 = 128 << 20

  private let left: Mutex<UInt64>
  private let isSmall: @Sendable () -> Void

  /// - Parameter isSmall: called once, as soon as the tail is all there is left; at once for a small block.
  init(of block: OutgoingBlock, isSmall: @escaping @Sendable () -> Void) {
    left = Mutex(block.size)
    self.isSmall = isSmall
    if block.size <= Self.tail { isSmall() }
  }

  func take(_ bytes: UInt64) {
    let hasCrossed = left.withLock { left in
      let before = left
      left -= min(left, bytes)
      return before > Self.tail && left <= Self.tail
    }
    if hasCrossed { isSmall() }
  }
}

/// Counts the bytes of a block on their way.
struct DeliveryMeter: Sendable {
  /// What the store has taken over, or was found to have.
  let delivered: @Sendable (_ bytes: UInt64) -> Void
  /// What has gone out, or was found there; negative where it has to go again.
  let moved: @Sendable (_ bytes: Int64) -> Void
}
