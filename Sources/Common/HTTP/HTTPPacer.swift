import Platform

/// Deals out one direction's rate to the loop's transfers, in turn: who finds nothing left is paused, queues, and is
/// resumed with an allowance of its own when its turn comes. Lives on the loop's thread.
final class HTTPPacer {
  private let limit: RateLimit
  /// Transfers that are paused, in the order in which they came.
  private var queue: [UInt64] = []
  /// Bytes that a transfer may move before it has to ask again; negative for what it moved beyond that.
  private var allowances: [UInt64: Int64] = [:]

  init(_ limit: RateLimit) { self.limit = limit }

  /// How much of a request's body may go out now.
  /// - Returns: bytes, at most `wanted`, which must not be 0; `nil` if the transfer is to be paused.
  func send(upTo wanted: Int, _ serial: UInt64) -> Int? {
    guard let allowance = allowance(of: serial) else { return nil }
    let count = min(wanted, Int(clamping: allowance))
    allowances[serial] = allowance - Int64(count)
    return count
  }

  /// Whether bytes that have arrived may be taken: all of them or none, since libcurl knows nothing between.
  func receive(_ count: Int, _ serial: UInt64) -> Bool {
    guard let allowance = allowance(of: serial) else { return false }
    allowances[serial] = allowance - Int64(count)
    return true
  }

  /// Puts back what `receive` allowed and the transfer could not take after all.
  func putBack(_ count: Int, _ serial: UInt64) { allowances[serial, default: 0] += Int64(count) }

  /// What the transfer has left, or gets if nobody waits before it; `nil` after it was queued.
  private func allowance(of serial: UInt64) -> Int64? {
    let left = allowances[serial] ?? 0
    if left > 0 { return left }
    if queue.isEmpty, let more = draw() {
      allowances[serial] = left + more
      if left + more > 0 { return left + more }
    }
    if !queue.contains(serial) { queue.append(serial) }
    return nil
  }

  private func draw() -> Int64? {
    let taken = limit.take(upTo: limit.grain)
    return taken > 0 ? Int64(clamping: taken) : nil
  }

  /// Whether the transfer waits for its turn.
  func isWaiting(_ serial: UInt64) -> Bool { queue.contains(serial) }

  /// The next transfer to resume, with something to move; `nil` if nobody waits or nothing is there.
  func next() -> UInt64? {
    // A debt (of bytes that came in one piece) takes its owner more than one turn.
    for _ in queue.indices {
      guard let serial = queue.first, let more = draw() else { return nil }
      queue.removeFirst()
      let allowance = (allowances[serial] ?? 0) + more
      allowances[serial] = allowance
      if allowance > 0 { return serial }
      queue.append(serial)
    }
    return nil
  }

  /// How long until `next` has something to say; `nil` when nobody waits.
  var delay: Duration? { queue.isEmpty ? nil : limit.delay(for: limit.grain) }

  /// Forgets a transfer that has ended. What it did not use, or used beyond its share, is everybody's.
  func end(_ serial: UInt64) {
    queue.removeAll { $0 == serial }
    if let left = allowances.removeValue(forKey: serial) { limit.settle(left) }
  }
}
