import TSDB

/// Segments by their names: Prometheus numbers them from 1 without gaps, and finds a chunk by its segment's place, so
/// that a lost one moves all behind it.
enum SegmentNames {
  /// More are not named one by one: a name may be any number.
  private static let named: UInt64 = 100

  /// - Parameter paths: of files in a block, segments and others.
  /// - Returns: the paths of the segments that must have been there.
  static func missing(among paths: [String]) -> [String] {
    let folder = BlockFolder.chunksName + "/"
    let numbers = Set(paths.filter(ExpectedObject.isSegment).compactMap { UInt64($0.dropFirst(folder.count)) })
    guard let last = numbers.max(), last > UInt64(numbers.count) else { return [] }
    let lacking = (1...min(last, UInt64(numbers.count) &+ named)).filter { !numbers.contains($0) }
    return lacking.map { folder + BlockFolder.segmentName($0 - 1) }
  }
}
