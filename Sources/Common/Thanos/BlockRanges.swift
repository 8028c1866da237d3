public import TSDB

/// What Thanos' compactor does with a block because of the time it covers.
///
/// It compacts blocks within windows of 2 h, 8 h, 2 d and 14 d that begin at multiples of their length since 1970, and
/// only blocks that lie in such a window as a whole (`pkg/compact/planner.go`, `cmd/thanos/compact.go`). Raw blocks of
/// at least 40 h are downsampled to 5m, those of 5m and at least 10 d to 1h (`pkg/compact/downsample`). Prometheus' own
/// ranges are 2·3ⁿ h, which is why some of its blocks fit none of these windows.
public enum BlockRanges {
  private static let hour: Int64 = 3_600_000
  /// The windows that blocks are compacted into, ms, beside the 2 h in which they come.
  public static let windows = [8, 48, 336].map { $0 * hour }
  /// The longest window; every shorter one lies within one of these.
  static let longest = 336 * hour

  /// The number of the longest window that a time (ms since 1970) lies in; they follow each other.
  public static func longestWindow(of time: Int64) -> Int64 { time / longest - (time % longest < 0 ? 1 : 0) }
  /// Least length of a block to be downsampled to 5m and to 1h, ms.
  public static let fiveMinutesFrom = 40 * hour
  public static let oneHourFrom = 240 * hour

  /// What will never happen to a block; `nil` where nothing stands in the way.
  /// - Parameter resolution: the block's.
  public static func limitation(of meta: BlockMeta, resolution: Resolution) -> String? {
    guard !fitsLongestWindow(meta) else { return nil }
    let length = meta.maxTime.subtractingReportingOverflow(meta.minTime)
    let range = length.overflow ? Int64.max : length.partialValue
    var lacking: [String] = []
    if resolution < .fiveMinutes, range < fiveMinutesFrom { lacking.append("5m") }
    if resolution < .oneHour, range < oneHourFrom { lacking.append("1h") }
    let downsampling = lacking.isEmpty ? "" : ", nor downsample it to \(lacking.joined(separator: " or "))"
    return "Thanos will never compact it with others\(downsampling): it does not lie within one of the compactor's"
      + " windows of 14 days"
  }

  private static func fitsLongestWindow(_ meta: BlockMeta) -> Bool {
    let remainder = meta.minTime % longest
    let inWindow = remainder < 0 ? remainder + longest : remainder
    let (room, overflow) = meta.minTime.addingReportingOverflow(longest - inWindow)
    return overflow || meta.maxTime <= room
  }
}
