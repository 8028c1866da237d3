import Exposition
import Fixtures
import ObjectStore
import Testing

@testable import Watching

@Suite("a bucket whose operations are counted")
struct MeteredBucketTests {
  private static func value(_ registry: MetricRegistry, _ name: String, _ operation: String) -> String? {
    let series = "thanos_objstore_bucket_\(name){bucket=\"b\\\"1\",operation=\"\(operation)\"} "
    return registry.text.split(separator: "\n").first { $0.hasPrefix(series) }.map { String($0.dropFirst(series.count)) }
  }

  @Test("each function is counted under objstore's name for it")
  func operations() async throws {
    let folder = try TemporaryFolder()
    let registry = MetricRegistry()
    let bucket = MeteredBucket(
      FileSystemBucket(directory: "\(folder.path)/b"), BucketMetrics(registry, bucket: "b\"1"))
    try await bucket.createIfMissing()
    try await bucket.put("a", .bytes([1, 2, 3]))
    _ = try await bucket.read("a", limit: 10)
    try await bucket.get("a", range: nil) { _ in }
    _ = try await bucket.attributes(of: "a")
    #expect(try await !bucket.exists("none"))
    _ = try await bucket.list(prefix: "", style: .recursive)
    try await bucket.delete("a")
    await #expect(throws: BucketError.self) { _ = try await bucket.attributes(of: "a") }
    let counts = ["iter": "1", "get": "1", "get_range": "1", "upload": "1", "delete": "1", "attributes": "3", "exists": "0"]
    for (operation, count) in counts {
      #expect(Self.value(registry, "operations_total", operation) == count, "\(operation)")
      // What is not there is no failure.
      #expect(Self.value(registry, "operation_failures_total", operation) == "0", "\(operation)")
    }
    #expect(Self.value(registry, "operation_fetched_bytes_total", "get") == "3")
    #expect(registry.text.contains("\nblockhaul_backfill_bytes_sent_total 3\n"))
  }

  @Test("what the bucket refuses is a failure, what the caller throws is none")
  func failures() async throws {
    struct Own: Error {}
    let folder = try TemporaryFolder()
    let registry = MetricRegistry()
    let bucket = MeteredBucket(
      FileSystemBucket(directory: "\(folder.path)/missing"), BucketMetrics(registry, bucket: "b\"1"))
    await #expect(throws: BucketError.self) { _ = try await bucket.list(prefix: "", style: .recursive) }
    #expect(Self.value(registry, "operation_failures_total", "iter") == "1")
    try await bucket.put("a", .bytes([1]))
    await #expect(throws: Own.self) { try await bucket.get("a", range: nil) { _ in throw Own() } }
    #expect(Self.value(registry, "operation_failures_total", "get") == "0")
  }
}
