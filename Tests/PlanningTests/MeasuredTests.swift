import Console
import Fixtures
import Inspection
import ObjectStore
import OrderedJSON
import Platform
import TSDB
import Testing
import Thanos

@testable import Planning

/// Plans of blocks that Prometheus and Thanos wrote.
@Suite("What is measured on real blocks")
struct MeasuredTests {
  private static let clock: Int64 = 1_800_000_000_000

  private static func sources(_ data: DataFolder) -> [BlockSource] {
    [.folder(data.path), .bucket(FileSystemBucket(directory: data.path))]
  }

  // MARK: Churn

  private static let first = "01M81B088QDAD3JHFN4993ETCA"
  private static let second = "01M81B089WZ6FKNMSDPKBMGYCV"

  /// Two blocks one after the other that have no series in common: 120 and then 60.
  private static func neighbours(apart hours: Int64 = 0) throws -> DataFolder {
    let data = try DataFolder(Array(DataFolder.rawBlocks.dropFirst()))
    let text = String(decoding: try data.read("\(second)/meta.json"), as: UTF8.self)
    let shift = (2 + hours) * 3_600_000
    try data.write(
      Array(
        text.replacing("1700006400945", with: "\(1_700_006_400_945 + shift)")
          .replacing("1700013571005", with: "\(1_700_013_571_005 + shift)").utf8), to: "\(second)/meta.json")
    return data
  }

  @Test("churn of blocks of one length comes from their indexes, and the table says so")
  func churn() async throws {
    let data = try Self.neighbours()
    for source in Self.sources(data) {
      let plan = try await CapacityPlan(of: source, policy: PlanPolicy(), prices: nil, clock: Self.clock)
      let churn = try #require(plan.usages.first?.churn)
      // From the end of the first to the end of the second.
      let days = Double(1_700_013_571_005 + 7_200_000 - 1_700_013_570_148) / 86_400_000
      #expect(isClose(churn.seriesPerDay, 60 / days))
      #expect(churn.basis == "series by series: 60 of \(Self.second) are not in \(Self.first)")
      #expect(plan.churn.unread == 0 && plan.churn.failures.isEmpty)
    }
  }

  @Test("indexes above the limit are not read, which the plan says, save where it is asked for")
  func limit() async throws {
    let data = try Self.neighbours()
    for source in Self.sources(data) {
      let plan = try await CapacityPlan(of: source, policy: PlanPolicy(), prices: nil, clock: Self.clock, churnLimit: 1000)
      let bytes = UInt64(try data.read("\(Self.first)/index").count + data.read("\(Self.second)/index").count)
      #expect(plan.usages.first?.churn == nil && plan.churn.unread == 1 && plan.churn.unreadBytes == bytes)
      #expect(try plan.document(limit: 5).text(.table).contains("of indexes: --churn does."))
      let asked = try await CapacityPlan(of: source, policy: PlanPolicy(), prices: nil, clock: Self.clock, churnLimit: nil)
      #expect(asked.usages.first?.churn != nil)
    }
  }

  @Test("blocks with a long gap between them are no neighbours")
  func gap() async throws {
    let data = try Self.neighbours(apart: 3)
    let plan = try await CapacityPlan(of: Self.sources(data)[0], policy: PlanPolicy(), prices: nil, clock: Self.clock)
    #expect(try data.read("\(Self.first)/index").isEmpty == false)
    #expect(plan.usages.first?.churn == nil && plan.churn.unread == 0 && plan.churn.failures.isEmpty)
  }

  @Test("a damaged index leaves churn unknown, with the reason, and ends nothing")
  func damagedIndex() async throws {
    let data = try Self.neighbours()
    try data.flip("\(Self.first)/index", at: 200)
    for source in Self.sources(data) {
      let plan = try await CapacityPlan(of: source, policy: PlanPolicy(), prices: nil, clock: Self.clock)
      #expect(plan.usages.first?.churn == nil && plan.churn.failures.count == 1)
      #expect(try plan.document(limit: 5).text(.table).contains("Churn of {} is not known: "))
    }
  }

  // MARK: Downsampled shares

  @Test("the figures of docs/inspect-plan.md: 0.98 and 0.08 by estimate, 0.70 and 0.08 in Thanos' own blocks")
  func shares() async throws {
    func shares(_ data: DataFolder) async throws -> [DownsampledShare] {
      let plan = try await CapacityPlan(of: .folder(data.path), policy: PlanPolicy(), prices: nil, clock: Self.clock)
      let stream = try #require(plan.streams.first)
      return [stream.fiveMinutes, stream.oneHour]
    }
    let names = ["01M81B08HN0JE90AJ4DW4J7HDV", "01M81B0KSSX5FCZ5868AE5R719", "01M81B0KWKC84NS30MERVG5BFF"]
    let estimated = try await shares(try DataFolder(["downsampled/\(names[0])"]))
    #expect(estimated.map(\.isEstimate) == [true, true])
    #expect(estimated.map { Int(($0.ratio * 100).rounded()) } == [98, 8])
    let data = try DataFolder(names.map { "downsampled/\($0)" })
    let measured = try await shares(data)
    #expect(measured.map(\.isEstimate) == [false, false])
    #expect(measured.map { Int(($0.ratio * 100).rounded()) } == [70, 8])
    // That is the sizes of the files.
    let sizes = try names.map { name in
      try DataFolder.files(below: "\(data.path)/\(name)").reduce(0) { $0 + Double(try Directory.status(of: $1).size) }
    }
    #expect(isClose(measured[0].ratio, sizes[1] / sizes[0]) && isClose(measured[1].ratio, sizes[2] / sizes[0]))
  }
}
