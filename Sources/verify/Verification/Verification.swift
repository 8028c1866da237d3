import Console
public import Logging
public import ObjectStore
import Platform
import TSDB
import Thanos

/// Checks blocks: local ones, those of a bucket, or one as a copy of the other.
public struct Verification: Sendable {
  public enum Subject: Sendable {
    /// Are the blocks of this data folder whole?
    case folder(String)
    /// Are the blocks of this bucket whole?
    case bucket(any Bucket)
    /// Does the bucket hold a true copy of the folder's blocks?
    case copy(folder: String, bucket: any Bucket)
  }

  private let subject: Subject
  private let options: VerificationOptions
  private let logger: Logger

  public init(_ subject: Subject, options: VerificationOptions = VerificationOptions(), logger: Logger) {
    self.subject = subject
    self.options = options
    self.logger = logger
  }

  /// Checks every block that is meant, several at a time, and hands over its report as soon as it and those before it
  /// are done.
  /// - Parameters:
  ///   - schedule: in which order, and how many; all of them, sorted, if `nil`.
  ///   - found: gets the number of blocks that there are, those included that are not meant; where blocks are asked
  ///     for by name, of these.
  ///   - begin: gets the number of blocks first, and their bytes where all of them are known.
  ///   - read: gets how many bytes of them are done, piece by piece and from any thread; in all, where they are known, as
  ///     many as `begin` got.
  ///   - whole: gets what is found of the bucket as a whole, if that is looked at.
  ///   - checked: gets every block's report.
  /// - Throws: `DataDirectory.NotATSDB`, `FileError`, `BucketError` where the folder or the bucket as a whole cannot be
  ///   read, and `CancellationError`. What concerns one block is in its report.
  public func run(
    schedule: (any BlockSchedule)? = nil, found: (Int) -> Void = { _ in },
    begin: (Int, UInt64?) -> Void = { _, _ in }, read: @escaping @Sendable (UInt64) -> Void = { _ in },
    whole: (BucketReport) async throws -> Void = { _ in }, checked: (BlockReport) async throws -> Void
  ) async throws {
    let plan: VerificationPlan
    switch subject {
    case .folder(let path): plan = try await VerificationPlan(options, logger).folder(path)
    case .bucket(let bucket): plan = try await VerificationPlan(options, logger).bucket(LostLine(bucket))
    case .copy(let path, let bucket):
      plan = try await VerificationPlan(options, logger).copy(of: path, in: LostLine(bucket))
    }
    found(plan.known.count)
    let tasks = try await ordered(plan, by: schedule)
    begin(tasks.count, tasks.reduce(0) { sum, task in sum.flatMap { sum in task.size.map { sum &+ $0 } } })
    if let report = plan.bucketReport { try await whole(report) }
    let width = VerificationWidth(options, blocks: tasks.count)
    try await OrderedWork.run(tasks, width: width.blocks, begins: { schedule?.begins($0.ulid, size: $0.size) ?? true }) { task in
      logger.debug("checking", metadata: ["block": "\(task.ulid)"])
      let start = ContinuousClock.now
      let meter = ReadMeter(size: task.size, advance: read)
      var report = try await task.check(width.objects, meter)
      meter.finish()
      report?.seconds = start.duration(to: .now) / .seconds(1)
      return report
    } take: { report in
      if let report { try await checked(report) }
    }
  }

  private func ordered(
    _ plan: VerificationPlan, by schedule: (any BlockSchedule)?
  ) async throws -> [VerificationPlan.BlockTask] {
    guard let schedule else { return plan.tasks }
    let tasks = Dictionary(plan.tasks.map { ($0.ulid, $0) }) { first, _ in first }
    // By their names blocks are asked for, not looked for.
    let all = options.selection.ids.isEmpty ? plan.known.sorted() : nil
    return try await schedule.order(plan.tasks.map(\.ulid), of: all).compactMap { tasks[$0] }
  }
}

extension Verification.Subject {
  /// A folder that is the bucket's own directory would be held against itself, and found to be a true copy. Blocks.
  /// - Throws: `NoCopy`.
  func checkSides() throws(NoCopy) {
    guard case .copy(let folder, let bucket) = self, let directory = bucket.localFolder.flatMap(Directory.resolved),
      let folder = Directory.resolved(folder), folder.utf8.elementsEqual(directory.utf8)
    else { return }
    throw NoCopy(folder: folder)
  }

  /// Where blocks are looked for.
  var place: String {
    switch self {
    case .folder(let path), .copy(let path, _): path
    case .bucket(let bucket): bucket.location
    }
  }

  /// What is verified, so that it can be told from other sources of the same machine.
  var source: String {
    func absolute(_ path: String) -> String { Directory.resolved(path) ?? path }
    return switch self {
    case .folder(let path): absolute(path)
    case .bucket(let bucket): bucket.location
    case .copy(let path, let bucket): "\(bucket.location) as a copy of \(absolute(path))"
    }
  }
}

/// Both sides of a comparison are the same.
struct NoCopy: ErrorWithExitStatus, CustomStringConvertible {
  let folder: String

  var exitStatus: ExitStatus { .usage }
  var description: String {
    "--tsdb.path is the bucket's own directory, \(folder): give the folder that the blocks came from, or leave it out to"
      + " verify the bucket by itself"
  }
}
