public import Inspection
import TSDB
import Thanos

/// What the blocks of a source show, and what they come to: the bucket by month, the store gateway's disk, the
/// compactor's disk and work, the bill.
public struct CapacityPlan: Sendable {
  /// Ms since 1970: the end of the newest block. Nothing depends on the clock of the machine that plans.
  public let now: Int64
  public let policy: PlanPolicy
  public let input: PlanInput
  /// By label set, the largest first.
  public let usages: [SetUsage]
  public let projection: Projection
  public let headers: IndexHeaderSizes
  public let churn: MeasuredChurn
  public let compactor: CompactorNeeds
  /// By month, from 0 on; empty without prices.
  public let bills: [Bill]
  public let prices: Prices?

  let streams: [Stream]
  /// Blocks that count in today's size alone.
  let leaving: [StoredBlock]

  /// - Parameters:
  ///   - headers: of the lasting blocks, where they were read.
  ///   - churn: of the label sets whose indexes were read.
  public init(
    _ input: PlanInput, policy: PlanPolicy, headers: IndexHeaderSizes = IndexHeaderSizes(),
    churn: MeasuredChurn = MeasuredChurn(), prices: Prices? = nil
  ) {
    let now = input.blocks.map(\.maxTime).max() ?? 0
    let parted = LastingBlocks(input.blocks)
    let lasting = parted.blocks
    let bySet = Dictionary(grouping: lasting.filter { $0.resolution == .raw }, by: \.labels)
    let usages = bySet.compactMap { SetUsage($1, labels: $0, now: now, churn: churn.churn[$0]) }.sorted {
      ($1.bytes.level, "\($0.labels)") < ($0.bytes.level, "\($1.labels)")
    }
    let shares = DownsampledShares(lasting)
    let streams = usages.map { Stream($0, shares: shares, growth: policy.growth) }
    let projection = Projection(stored: input.blocks, lasting: lasting, streams: streams, policy: policy, now: now)
    (self.now, self.policy, self.input, self.usages, self.streams) = (now, policy, input, usages, streams)
    leaving = parted.leaving
    (self.projection, self.headers, self.churn, self.prices) = (projection, headers, churn, prices)
    compactor = CompactorNeeds(
      lasting, streams: streams, policy: policy, horizon: Double(policy.months) * PlanTime.monthDays, now: now)
    let known = lasting.filter { headers.sizes[$0.description.ulid] != nil }.reduce(0) { $0 + Double($1.sizes.total) }
    let headerShare = known > 0 ? Double(headers.sum) / known : 0
    bills =
      prices.map { prices in
        projection.months.map { month in
          let requests = RequestEstimate(
            streams, at: Double(month.number) * PlanTime.monthDays, downsampling: policy.downsamples,
            headerShare: headerShare)
          return Bill(month, requests: requests, prices: prices)
        }
      } ?? []
  }

  /// Reads a source and plans.
  /// - Parameters:
  ///   - clock: ms since 1970.
  ///   - caches: where what earlier runs have read of a bucket lies; `nil` to read all of it.
  ///   - churnLimit: as `MeasuredChurn` takes it.
  /// - Throws: `PlanInput.NoBlocks`; `DataDirectory.NotATSDB`, `FileError`, `BucketError` where the source fails.
  public init(
    of source: BlockSource, policy: PlanPolicy, prices: Prices?, clock: Int64, caches: String? = nil,
    churnLimit: UInt64? = MeasuredChurn.usualLimit
  ) async throws {
    let input = try await source.planInput(clock: clock, cache: source.cache(.meta, in: caches))
    let lasting = LastingBlocks(input.blocks).blocks
    let headers = try await IndexHeaderSizes(of: lasting, in: source, cache: source.cache(.indexEnd, in: caches))
    let churn = try await MeasuredChurn(of: lasting, in: source, limit: churnLimit)
    self.init(input, policy: policy, headers: headers, churn: churn, prices: prices)
  }

  /// Milliseconds to send all bytes of the source; `nil` without a bandwidth.
  public var uploadTime: Int64? {
    guard let bandwidth = policy.bandwidth, bandwidth > 0 else { return nil }
    return Int64(exactly: (Double(input.bytes) / Double(bandwidth) * 1000).rounded()) ?? .max
  }
}
