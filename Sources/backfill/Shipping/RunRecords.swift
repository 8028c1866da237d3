import Logging
import Platform
import TSDB

/// What a run leaves on disk about each block: its line in the receipt, its entry in the sidecar's list.
///
/// A record that cannot be written does not stop the blocks; it is a problem of the run, named once.
struct RunRecords {
  private var receipts: ReceiptFile?
  private var shipped: ShipperRecord?
  private let reportsSkipped: Bool
  private let logger: Logger
  private(set) var problems: [any Error] = []

  init(receipts: ReceiptFile?, reportsSkipped: Bool = true, shipped: ShipperRecord?, logger: Logger) {
    self.receipts = receipts
    self.reportsSkipped = reportsSkipped
    self.shipped = shipped
    self.logger = logger
  }

  mutating func add(_ block: PlannedBlock, _ outcome: Backfill.Outcome) async {
    do {
      if reportsSkipped || !outcome.isSkipped { try await receipts?.add(block, outcome) }
    } catch {
      logger.error("the report was not written", metadata: ["err": "\(error)"])
      problems.append(error)
      receipts = nil
    }
    if block.isInBucket(after: outcome) { await update { try $0.add(block.ulid) } }
  }

  /// Before anything is sent.
  mutating func begin() async { await update { try $0.bringUpToDate() } }

  private mutating func update(_ change: @escaping @Sendable (inout ShipperRecord) throws -> Void) async {
    guard let record = shipped else { return }
    do {
      shipped = try await BlockingPool.shared.run {
        var record = record
        try change(&record)
        return record
      }
    } catch {
      logger.error("the list of shipped blocks was not written", metadata: ["err": "\(error)"])
      problems.append(error)
      shipped = nil
    }
  }
}

extension Backfill.Outcome {
  fileprivate var isSkipped: Bool { if case .skipped = self { true } else { false } }
}
