import TSDB

/// A native histogram as promtool's dump has it: `{count:3, sum:4.5, [-2,-1):1, [-0.001,0.001]:1, (1,2]:1}`, without
/// empty buckets.
enum HistogramText {
  static func append<Count>(
    _ sample: borrowing HistogramSample<Count>, to text: inout [UInt8], _ number: (Count, inout [UInt8]) -> Void,
    isZero: (Count) -> Bool, zero: Count
  ) {
    let isStale = sample.isStale
    text += Array("{count:".utf8)
    number(isStale ? zero : sample.count, &text)
    text += Array(", sum:".utf8)
    GoText.append(sample.sum, to: &text)
    // A marker that the series has ended has no buckets.
    if !isStale {
      let layout = sample.layout
      let (positive, negative, zeros) = (sample.positiveBuckets, sample.negativeBuckets, sample.zeroCount)
      for (index, place) in indices(layout.negativeSpans, negative.count).reversed() where !isZero(negative[place]) {
        bucket(-bound(index, layout), -bound(index &- 1, layout), isFirst: false, layout, to: &text)
        number(negative[place], &text)
      }
      if !isZero(zeros) {
        text += Array(", [".utf8)
        GoText.append(layout.zeroThreshold == 0 ? -0.0 : -layout.zeroThreshold, to: &text)
        text.append(UInt8(ascii: ","))
        GoText.append(layout.zeroThreshold, to: &text)
        text += Array("]:".utf8)
        number(zeros, &text)
      }
      for (index, place) in indices(layout.positiveSpans, positive.count) where !isZero(positive[place]) {
        bucket(bound(index &- 1, layout), bound(index, layout), isFirst: index == 0, layout, to: &text)
        number(positive[place], &text)
      }
    }
    text.append(UInt8(ascii: "}"))
  }

  /// The index of each bucket, and its place among the counts.
  private static func indices(_ spans: [HistogramSpan], _ count: Int) -> [(index: Int64, place: Int)] {
    var indices: [(Int64, Int)] = []
    var index: Int64 = 0
    for span in spans {
      index &+= Int64(span.offset)
      for _ in 0..<span.length where indices.count < count {
        indices.append((index, indices.count))
        index &+= 1
      }
    }
    return indices
  }

  private static func bucket(
    _ lower: Double, _ upper: Double, isFirst: Bool, _ layout: HistogramLayout, to text: inout [UInt8]
  ) {
    let isCustom = layout.schema == HistogramLayout.customSchema
    let hasLower = isCustom ? isFirst : lower < 0
    let hasUpper = isCustom ? true : upper > 0
    text += Array(hasLower ? ", [".utf8 : ", (".utf8)
    GoText.append(lower, to: &text)
    text.append(UInt8(ascii: ","))
    GoText.append(upper, to: &text)
    text += Array(hasUpper ? "]:".utf8 : "):".utf8)
  }

  /// The upper bound of a bucket.
  private static func bound(_ index: Int64, _ layout: HistogramLayout) -> Double {
    if layout.schema == HistogramLayout.customSchema {
      if index < 0 { return -.infinity }
      return index < Int64(layout.customBounds.count) ? layout.customBounds[Int(index)] : .infinity
    }
    return ExponentialBounds.upper(of: index, schema: Int(layout.schema))
  }
}
