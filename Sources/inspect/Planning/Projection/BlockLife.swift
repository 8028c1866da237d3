import Thanos

/// The kinds of blocks that data passes through on its way to 14 days, as Thanos' compactor makes them of blocks of 2 h
/// that arrive: how often each is written, and how often it is read again.
struct BlockLife: Sendable {
  let resolution: Resolution
  /// Hours of a block.
  let hours: Double
  /// By the compactor: to make the next longer one, and to downsample it.
  let reads: Double

  static let longestDays = 14.0

  /// Raw blocks of 2 d are downsampled to 5m before they become part of 14 d (they are longer than 40 h), and 5m ones of
  /// 14 d to 1h (longer than 10 d).
  static func all(downsampling: Bool) -> [BlockLife] {
    let raw = [
      BlockLife(resolution: .raw, hours: 2, reads: 1), BlockLife(resolution: .raw, hours: 8, reads: 1),
      BlockLife(resolution: .raw, hours: 48, reads: downsampling ? 2 : 1),
      BlockLife(resolution: .raw, hours: 336, reads: 0),
    ]
    guard downsampling else { return raw }
    return raw + [
      BlockLife(resolution: .fiveMinutes, hours: 48, reads: 1), BlockLife(resolution: .fiveMinutes, hours: 336, reads: 1),
      BlockLife(resolution: .oneHour, hours: 336, reads: 0),
    ]
  }
}
