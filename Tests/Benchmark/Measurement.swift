import Glibc

/// The time that one run of a benchmark took.
struct Measurement {
  /// Seconds that passed.
  let seconds: Double
  /// Seconds that this process's threads spent on processors.
  let processorSeconds: Double

  /// Runs `body` once to warm up and then `runs` times.
  /// - Returns: the run with the median time.
  static func median(of runs: Int, _ body: () async throws -> Void) async rethrows -> Measurement {
    try await body()
    var measurements: [Measurement] = []
    for _ in 0..<runs {
      let begun = now(CLOCK_MONOTONIC)
      let processorBegun = now(CLOCK_PROCESS_CPUTIME_ID)
      try await body()
      measurements.append(
        Measurement(
          seconds: now(CLOCK_MONOTONIC) - begun, processorSeconds: now(CLOCK_PROCESS_CPUTIME_ID) - processorBegun))
    }
    measurements.sort { $0.seconds < $1.seconds }
    return measurements[runs / 2]
  }

  private static func now(_ clock: clockid_t) -> Double {
    var time = timespec()
    unsafe clock_gettime(clock, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  /// One line: what was measured, its rate, the time and the processors' time.
  /// - Parameters:
  ///   - amount: how much of `unit` was done, counted in `scale`.
  func report(_ name: String, amount: Double, scale: Double, unit: String) {
    let columns = [
      name.padded(to: 38), Self.text(amount / seconds / scale, places: 2).padded(to: -9) + " " + unit.padded(to: 13),
      Self.text(seconds, places: 3) + " s,", Self.text(processorSeconds, places: 3) + " s of processor",
    ]
    print(columns.joined(separator: " "))
  }

  static func text(_ value: Double, places: Int) -> String {
    var scale = 1.0
    for _ in 0..<places { scale *= 10 }
    let whole = Int64((value * scale).rounded())
    let fraction = String(whole % Int64(scale))
    return "\(whole / Int64(scale))." + String(repeating: "0", count: places - fraction.utf8.count) + fraction
  }
}

extension String {
  /// Filled up with spaces, on the left if `width` is negative.
  func padded(to width: Int) -> String {
    let spaces = String(repeating: " ", count: max(0, abs(width) - utf8.count))
    return width < 0 ? spaces + self : self + spaces
  }
}
