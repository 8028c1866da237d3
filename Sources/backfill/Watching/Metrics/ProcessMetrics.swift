import Console
public import Exposition
public import Platform

/// What every exporter says of itself.
public enum ProcessMetrics {
  /// - Parameter started: milliseconds since 1970.
  public static func add(to registry: MetricRegistry, started: Int64 = WallClock.milliseconds) {
    registry.metric(.gauge, "blockhaul_build_info", "1, with the program's version.", labels: [("version", Version.number)])
      .set(1)
    registry.metric(.gauge, "process_start_time_seconds", "When the process started, in seconds since 1970.")
      .set(Double(started) / 1000)
  }
}
