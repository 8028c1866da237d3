public import Console
public import Logging
public import ObjectStore
public import Thanos

/// One run of `backfill` with its display: plan, upload, report.
public struct BackfillRun {
  private let source: any UploadSource
  /// What there is to read before the plan, where that takes long. Bytes.
  private let readingSize: UInt64?
  private let backfill: Backfill
  private let progress: Progress
  private let logger: Logger

  /// - Parameters:
  ///   - path: a data folder, or an archive of one.
  ///   - scratch: where an archive is unpacked to.
  /// - Throws: `FileError` for an archive that cannot be opened.
  public init(
    path: String, scratch: Scratch, bucket: any Bucket, labels: ExternalLabels, progress: ProgressStyle, logger: Logger
  ) throws {
    let display = Progress(progress, logger: logger)
    if ArchivedDataDirectory.isArchive(path) {
      let archive = try ArchivedDataDirectory(path, scratch: scratch, logger: logger) { bytes in
        display.advance(bytes: Int64(clamping: bytes))
      }
      source = archive
      readingSize = archive.packedSize
    } else {
      source = DataFolderSource(path)
      readingSize = nil
    }
    self.backfill = Backfill(bucket: bucket, labels: labels, logger: logger)
    self.progress = display
    self.logger = logger
  }

  /// - Throws: what `Backfill.plan` throws. What concerns one block is in the report.
  public func run() async throws -> BackfillReport {
    defer { progress.finish() }
    do {
      let report = try await planAndUpload()
      await source.end()
      return report
    } catch {
      await source.end()
      throw error
    }
  }

  private func planAndUpload() async throws -> BackfillReport {
    if let readingSize { progress.begin("read archive", bytes: readingSize) }
    let plan = try await backfill.plan(source)
    for leftover in plan.leftovers {
      logger.warning(
        "left out: Prometheus was interrupted while it made or deleted this", metadata: ["folder": "\(leftover)"])
    }
    let uploads = plan.uploads
    logger.info("planned", metadata: ["blocks": "\(plan.blocks.count)", "to_upload": "\(uploads.count)"])
    progress.begin("upload", bytes: uploads.reduce(0) { $0 &+ $1.size }, blocks: uploads.count)
    var report = BackfillReport()
    if let damage = plan.damage {
      logger.error("the archive is damaged; what lies before that is looked at", metadata: ["err": "\(damage)"])
      report.add(damage: damage)
    }
    let sent: @Sendable (UInt64) -> Void = { [progress] in progress.advance(bytes: Int64(clamping: $0)) }
    await backfill.carryOut(plan, from: source, sent: sent) { block, outcome in
      if case .uploaded = outcome { progress.finishBlock() }
      if case .failed(let error) = outcome {
        logger.error("block failed", metadata: ["block": "\(block.ulid)", "err": "\(error)"])
      }
      report.add(block, outcome)
    }
    return report
  }
}
