import Console
import Exposition
import Fixtures
import Logging
import ObjectStore
import Platform
import Shipping
import Synchronization
import TSDB
import Testing
import Thanos

@testable import Watching

/// Rounds of the real engine on a data folder and a FILESYSTEM bucket, with their requests counted.
@Suite("rounds that ship")
struct ShippingRoundTests {
  private static let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

  private struct Setup {
    let data: DataFolder
    let folder: TemporaryFolder
    let service = StatusService(uploadsCompacted: true)
    let bucket: any Bucket
    let labels: ExternalLabels
    let reported = ReportedLines()
    var report: String { "\(folder.path)/report.jsonl" }

    init() throws {
      data = try DataFolder(Array(DataFolder.rawBlocks.prefix(2)))
      folder = try TemporaryFolder()
      bucket = service.metered(FileSystemBucket(directory: "\(folder.path)/bucket"))
      labels = try ExternalLabels(parsing: ["cluster=eu1"])
    }

    func round() async throws -> RoundReport {
      service.observer.begin()
      var options = BackfillOptions()
      options.stateFolder = "\(folder.path)/state"
      (options.reportPath, options.reportsSkipped, options.reported) = (report, false, reported)
      let run = BackfillRun(
        path: data.path, bucket: bucket, labels: labels, options: options, progress: .none, observer: service.observer,
        logger: ShippingRoundTests.silent)
      return service.observer.end(try await run.run().status)
    }

    /// The sum of a metric's series.
    func sum(_ name: String) -> Double {
      service.registry.text.split(separator: "\n").filter { $0.hasPrefix("\(name) ") || $0.hasPrefix("\(name){") }
        .compactMap { $0.split(separator: " ").last.flatMap { Double($0) } }.reduce(0, +)
    }

    func blocks(_ state: String) -> Double { sum("blockhaul_backfill_blocks{state=\"\(state)\"}") }
  }

  @Test("what is shipped is counted, and a round without news costs no request")
  func counts() async throws {
    let setup = try Setup()
    let path = setup.data.path
    #expect(setup.service.pages.page("/-/ready")?.status == 503)
    let pauses = Mutex(0)
    let requests = Mutex<[Double]>([])
    var watch = Watch(
      metrics: setup.service.metrics, pages: setup.service.pages, log: RoundLog(), logger: Self.silent,
      folder: { try await FolderState.read(path) }, round: { try await setup.round() })
    watch.clock.sleep = { _ in
      requests.withLock { $0.append(setup.sum("thanos_objstore_bucket_operations_total")) }
      if pauses.withLock({ $0 += 1; return $0 }) == 4 { throw CancellationError() }
    }
    try await watch.run()
    let counted = requests.withLock { $0 }
    #expect(counted.count == 4 && Set(counted).count == 1 && counted[0] > 0, "\(counted)")
    #expect(setup.sum("thanos_shipper_uploads_total") == 2)
    #expect(setup.sum("thanos_objstore_bucket_operations_total{bucket=\"\(setup.bucket.name)\",operation=\"upload\"}") == 6)
    #expect(setup.sum("thanos_objstore_bucket_last_successful_upload_time") > 1_700_000_000)
    #expect(setup.sum("blockhaul_backfill_bytes_sent_total") > 10_000)
    #expect(setup.blocks("in_bucket") == 2 && setup.blocks("waiting") == 0)
    #expect(setup.service.pages.page("/-/ready")?.status == 200)
    #expect(setup.sum("thanos_status{check=\"ready\"}") == 1)
  }

  @Test("a corrupt block is counted once, waits for no retry, and does not hold up the others")
  func corrupt() async throws {
    let setup = try Setup()
    try setup.data.flip("01M81B088QDAD3JHFN4993ETCA/chunks/000001", at: 40)
    for _ in 0..<3 {
      let report = try await setup.round()
      #expect(!report.wantsRetry && !report.isComplete)
    }
    let lines = try OpenFile(setup.report).readAll(limit: 1 << 20).split(separator: 0x0A)
    #expect(lines.count == 2, "one that is sent and one that is refused")
    #expect(setup.sum("thanos_shipper_corrupted_blocks_total") == 1)
    #expect(setup.sum("thanos_shipper_uploads_total") == 1 && setup.sum("thanos_shipper_upload_failures_total") == 0)
    #expect(setup.blocks("corrupt") == 1 && setup.blocks("in_bucket") == 1)
  }

  @Test("a file of a block that grows, comes or goes changes the folder's state; other files do not")
  func folderState() async throws {
    let setup = try Setup()
    let path = setup.data.path
    let before = try await FolderState.read(path)
    try setup.data.write([1], to: "thanos.shipper.json")
    #expect(try await FolderState.read(path) == before)
    try setup.data.write([1, 2, 3], to: "01M81B088QDAD3JHFN4993ETCA/chunks/000002")
    let grown = try await FolderState.read(path)
    #expect(grown != before)
    _ = try Directory.removeFile("\(path)/01M81B088QDAD3JHFN4993ETCA/meta.json")
    #expect(try await FolderState.read(path) != grown)
  }
}
