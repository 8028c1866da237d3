public import TSDB

/// Says which blocks are checked in which order, and when it is enough.
public protocol BlockSchedule: Sendable {
  /// The order in which blocks are to be checked.
  /// - Parameters:
  ///   - blocks: those that were chosen.
  ///   - all: every block of the source, those that were not chosen included; `nil` where they were not looked for.
  func order(_ blocks: [ULID], of all: [ULID]?) async throws -> [ULID]

  /// Asked when the turn of a block has come. Once it says no, none begins any more; what is under way comes to its
  /// end.
  /// - Parameter size: bytes of the block's files, as far as they are known before they are looked at.
  func begins(_ ulid: ULID, size: UInt64?) -> Bool
}
