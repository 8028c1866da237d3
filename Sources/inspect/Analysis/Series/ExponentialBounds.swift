import Glibc

/// The bounds of native histograms' exponential buckets, to the last digit those that Prometheus shows.
///
/// They are powers of 2^(2^-schema), which Prometheus takes from a table (`exponentialBounds` in model/histogram) rather
/// than from `exp2`. That table came from multiplying: every second bound of a schema is that of the schema below, the
/// one behind it is as many times larger as the schema says. √2 alone stands there a last digit smaller than what is
/// nearest.
enum ExponentialBounds {
  /// Finer ones Prometheus does not show.
  private static let finest = 8

  /// By schema, the bounds from ½ to 1.
  private static let fractions: [[Double]] = (1...finest).reduce(into: [[0.5]]) { rows, schema in
    let factor = schema == 1 ? 2.0.squareRoot().nextDown : exp2(exp2(-Double(schema)))
    rows.append((rows.last ?? []).flatMap { [$0, $0 * factor] })
  }

  /// The upper bound of a bucket; its lower one is that of the bucket before.
  /// - Parameter schema: -9…52.
  static func upper(of index: Int64, schema: Int) -> Double {
    // The last bucket of all ends at the largest number; the one behind it counts infinities.
    if schema <= 0 { return finite(1, index << Int64(-schema)) }
    guard schema <= finest else {
      let power = Double(index) * exp2(-Double(schema))
      return power == 1024 ? .greatestFiniteMagnitude : exp2(power)
    }
    let place = Int(index & ((1 << Int64(schema)) - 1))
    return finite(fractions[schema][place] * 2, index >> Int64(schema))
  }

  private static func finite(_ fraction: Double, _ exponent: Int64) -> Double {
    if exponent == 1024, fraction == 1 { return .greatestFiniteMagnitude }
    return ldexp(fraction, Int32(clamping: exponent))
  }
}
