import Logging
import Platform
import Synchronization

/// This machine's clock, corrected by a store's where it is so wrong that signatures are refused for it.
final class StoreClock: Sendable {
  /// Signatures that are less wrong than this are taken everywhere. Milliseconds.
  private static let tolerance: Int64 = 60_000
  /// A difference of which a bare 403, as the one to HEAD, may be a consequence. Milliseconds.
  private static let suspicious: Int64 = 240_000

  private let offset = Atomic<Int64>(0)
  private let isAnnounced = Atomic(false)

  /// Milliseconds that the store's clock is ahead of this machine's, as far as it mattered.
  var correction: Int64 { offset.load(ordering: .relaxed) }

  /// Milliseconds since 1970.
  var now: Int64 { WallClock.milliseconds &+ correction }

  /// - Parameter used: the correction that the refused request was signed with.
  /// - Returns: whether the same request, signed now, is worth another try.
  func learns(from refusal: StoreRefusal, signedWith used: Int64, logger: Logger) -> Bool {
    guard let time = refusal.serverTime else { return false }
    let found = time &- WallClock.milliseconds
    let change = found.subtractingReportingOverflow(used)
    guard !change.overflow else { return false }
    let isAbout = refusal.meansClockSkew || refusal.code.isEmpty && refusal.status == 403
      && change.partialValue.magnitude > Self.suspicious.magnitude
    guard isAbout, change.partialValue.magnitude > Self.tolerance.magnitude else { return false }
    offset.store(found, ordering: .relaxed)
    let side = found < 0 ? "ahead of" : "behind"
    logger.log(
      level: isAnnounced.exchange(true, ordering: .relaxed) ? .debug : .warning,
      """
      this machine's clock is \(Int64(clamping: found.magnitude / 1_000)) s \(side) the store's, which refuses \
      signatures for it: they are made at the store's time from now on; set the clock
      """)
    return true
  }
}

extension StoreRefusal {
  /// Whether the signature's time is too far from the store's.
  var meansClockSkew: Bool { ["RequestTimeTooSkewed", "RequestExpired", "RequestInTheFuture"].contains(code) }
}
