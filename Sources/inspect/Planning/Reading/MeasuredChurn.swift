import Analysis
public import Inspection
import ObjectStore
import Platform
import TSDB
public import Thanos

/// Churn by label set, from the indexes of the newest raw block and of the one before it.
public struct MeasuredChurn: Sendable {
  /// Bytes of indexes that are read for it where nobody asked for it: those of a plan in all.
  public static let usualLimit: UInt64 = 64 << 20

  /// Two blocks of a label set that follow one another.
  private struct Neighbours {
    let labels: ExternalLabels
    let before: StoredBlock
    let after: StoredBlock

    var bytes: UInt64 { PlanInput.sum(before.sizes.index, after.sizes.index) }
  }

  public private(set) var churn: [ExternalLabels: Churn] = [:]
  /// Label sets whose indexes were not read, as that was too much.
  public private(set) var unread = 0
  /// Bytes of their indexes.
  public private(set) var unreadBytes: UInt64 = 0
  /// Label sets whose indexes could not be read, and why; sorted.
  public private(set) var failures: [(labels: ExternalLabels, reason: String)] = []

  public init() {}

  /// Compares the indexes, the smallest ones first.
  /// - Parameters:
  ///   - lasting: blocks that will last.
  ///   - limit: bytes of indexes to read in all, and then only of label sets whose meta.json files do not show it; `nil` to
  ///     read those of every label set, as large as they are.
  /// - Throws: `CancellationError`; `BucketError` where the bucket as a whole fails.
  public init(of lasting: [StoredBlock], in source: BlockSource, limit: UInt64?) async throws {
    var left = limit ?? .max
    for pair in Self.neighbours(lasting, all: limit == nil) {
      guard pair.bytes <= left else {
        unread += 1
        unreadBytes = PlanInput.sum(unreadBytes, pair.bytes)
        continue
      }
      if limit != nil { left -= pair.bytes }
      do {
        let diff = try await BlockDiff(
          from: try await Self.open(pair.before, in: source), to: try await Self.open(pair.after, in: source), limit: 0)
        churn[pair.labels] = Churn(came: diff.all.series.came, before: pair.before, after: pair.after)
      } catch let error where Self.concernsTheBlocks(error) {
        failures.append((pair.labels, "\(error)"))
      }
    }
    failures.sort { "\($0.labels)" < "\($1.labels)" }
  }

  private static func neighbours(_ lasting: [StoredBlock], all: Bool) -> [Neighbours] {
    let sets = Dictionary(grouping: lasting.filter { $0.resolution == .raw }, by: \.labels)
    let pairs = sets.compactMap { labels, raw -> Neighbours? in
      guard all || Churn(raw) == nil, let after = raw.newest,
        let before = raw.filter({ $0.maxTime <= after.minTime }).newest,
        // What came and went in a long gap is no churn of a day.
        Double(after.minTime - before.maxTime) / PlanTime.day <= max(before.days, after.days)
      else { return nil }
      return Neighbours(labels: labels, before: before, after: after)
    }
    return pairs.sorted { ($0.bytes, "\($0.labels)") < ($1.bytes, "\($1.labels)") }
  }

  private static func open(_ block: StoredBlock, in source: BlockSource) async throws -> InspectedBlock {
    let ulid = block.description.ulid
    switch source {
    case .folder(let path):
      return try await BlockingPool.shared.run { try InspectedBlock(BlockFolder(ulid: ulid, path: "\(path)/\(ulid)")) }
    case .bucket(let bucket): return try await InspectedBlock(ulid, in: bucket)
    }
  }

  /// Damaged, or gone meanwhile: other label sets may well be read.
  private static func concernsTheBlocks(_ error: any Error) -> Bool {
    switch error {
    case is TSDBError, is FileError: true
    case let error as BucketError: error.code == .objectNotFound || error.code == .changed
    default: false
    }
  }
}
