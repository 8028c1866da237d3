public import Exposition
/// What Thanos' components show of their bucket, by the same names.
///
/// Source: objstore `objstore.go` (`metricBucket`), which Thanos registers with the prefix `thanos_`.
public struct BucketMetrics: Sendable {
  /// objstore's words for operations.
  public enum Operation: String, CaseIterable, Sendable {
    case iter, get, getRange = "get_range", exists, upload, delete, attributes
  }

  private struct Counters: Sendable {
    let attempts: Metric
    let failures: Metric
    let fetchedBytes: Metric
  }

  private let counters: [Operation: Counters]
  private let lastUpload: Metric
  private let sentBytes: Metric

  /// - Parameter bucket: the label's value.
  public init(_ registry: MetricRegistry, bucket: String) {
    // A loop for each name: the series of one name have to stand together.
    func series(_ name: String, _ help: String) -> [Operation: Metric] {
      var metrics: [Operation: Metric] = [:]
      for operation in Operation.allCases {
        metrics[operation] = registry.metric(
          .counter, name, help, labels: [("bucket", bucket), ("operation", operation.rawValue)])
      }
      return metrics
    }
    let attempts = series(
      "thanos_objstore_bucket_operations_total", "Operations that were tried on the bucket.")
    let failures = series(
      "thanos_objstore_bucket_operation_failures_total",
      "Operations on the bucket that failed for good, an object that is not there not counted.")
    let fetched = series(
      "thanos_objstore_bucket_operation_fetched_bytes_total", "Bytes that were read from the bucket.")
    var counters: [Operation: Counters] = [:]
    for operation in Operation.allCases {
      guard let attempts = attempts[operation], let failures = failures[operation], let fetched = fetched[operation]
      else { continue }
      counters[operation] = Counters(attempts: attempts, failures: failures, fetchedBytes: fetched)
    }
    self.counters = counters
    lastUpload = registry.metric(
      .gauge, "thanos_objstore_bucket_last_successful_upload_time",
      "When an object was last written to the bucket, in seconds since 1970; 0 if none was.",
      labels: [("bucket", bucket)])
    sentBytes = registry.metric(
      .counter, "blockhaul_backfill_bytes_sent_total", "Bytes of the objects that were written to the bucket.")
  }

  func began(_ operation: Operation) { counters[operation]?.attempts.add() }

  func failed(_ operation: Operation) { counters[operation]?.failures.add() }

  func fetched(_ bytes: Int, by operation: Operation) { counters[operation]?.fetchedBytes.add(Double(bytes)) }

  /// - Parameter milliseconds: the time, since 1970.
  func uploaded(_ bytes: UInt64, at milliseconds: Int64) {
    lastUpload.set(Double(milliseconds) / 1000)
    sentBytes.add(Double(bytes))
  }
}
