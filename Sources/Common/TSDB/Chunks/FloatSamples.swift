/// The float samples of one chunk in columns, made to be filled again and again without allocating.
///
/// A chunk has at most 65 535 samples, so the columns never grow beyond 1.5 MiB.
public struct FloatSamples: Sendable {
  /// Number of samples.
  public internal(set) var count = 0
  /// Whether the chunk says when its counters began; without that `startTimestamps` is empty.
  public internal(set) var hasStartTimestamps = false

  // As long as the longest chunk so far; only the first `count` elements mean something.
  var timestampColumn: [Int64] = []
  var valueColumn: [Double] = []
  var startTimestampColumn: [Int64] = []

  public init() {}

  /// Milliseconds since 1970.
  public var timestamps: Span<Int64> {
    @_lifetime(borrow self)
    get { timestampColumn.span.extracting(first: count) }
  }

  public var values: Span<Double> {
    @_lifetime(borrow self)
    get { valueColumn.span.extracting(first: count) }
  }

  /// When each sample's counter began, milliseconds since 1970, 0 where that is not known.
  public var startTimestamps: Span<Int64> {
    @_lifetime(borrow self)
    get { startTimestampColumn.span.extracting(first: hasStartTimestamps ? count : 0) }
  }

  /// Empties the columns and makes room for `capacity` samples.
  mutating func prepare(_ capacity: Int, startTimestamps: Bool) {
    count = 0
    hasStartTimestamps = startTimestamps
    Self.grow(&timestampColumn, to: capacity, filling: 0)
    Self.grow(&valueColumn, to: capacity, filling: 0)
    if startTimestamps { Self.grow(&startTimestampColumn, to: capacity, filling: 0) }
  }

  private static func grow<Element>(_ column: inout [Element], to capacity: Int, filling: Element) {
    guard column.count < capacity else { return }
    column.append(contentsOf: repeatElement(filling, count: capacity - column.count))
  }

  /// Whether every time stamp is later than the one before.
  var isStrictlyRising: Bool {
    let timestamps = timestamps
    // No comparison of 64 bits, which plain x86-64 cannot vectorise: the sign says that a difference is 0 or less, or
    // that it went over the end of the numbers. Almost every chunk is sound.
    var signs: Int64 = 0
    for index in stride(from: 1, to: timestamps.count, by: 1) {
      // In range: from 1 to the number of elements.
      let (before, here) = unsafe (timestamps[unchecked: index &- 1], timestamps[unchecked: index])
      signs |= (here &- before &- 1) | (here & ~before)
    }
    if signs >= 0 { return true }
    for index in 1..<timestamps.count where timestamps[index] <= timestamps[index - 1] { return false }
    return true
  }
}
