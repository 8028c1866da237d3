import Logging
import Platform

/// All that a run's results go to.
///
/// A file that cannot be written any more (a full disk) does not stop the check: it is named once, left alone from then
/// on, and the run does not end well. Standard output is another matter: without a reader there is nothing left to do.
final class ReportSinks {
  private var sinks: [(sink: any ReportSink, isEssential: Bool)]
  private let logger: Logger
  /// Whether an output lacks something.
  private(set) var hasFailed = false

  /// - Parameters:
  ///   - essential: those without which the run is pointless.
  ///   - files: the others.
  init(essential: [any ReportSink], files: [any ReportSink], logger: Logger) {
    sinks = essential.map { ($0, true) } + files.map { ($0, false) }
    self.logger = logger
  }

  func begin(_ run: RunDescription) async throws {
    for number in sinks.indices { try await attempt(number) { sink in try await sink.begin(run) } }
    prune()
  }

  func add(_ report: BlockReport) async throws {
    for number in sinks.indices { try await attempt(number) { sink in try await sink.add(report) } }
    prune()
  }

  func add(_ report: BucketReport) async throws {
    for number in sinks.indices { try await attempt(number) { sink in try await sink.add(report) } }
    prune()
  }

  /// Finishes every one of them, whatever becomes of the others.
  func finish(_ end: RunEnd) async throws {
    var failure: (any Error)?
    for number in sinks.indices.reversed() {
      do {
        try await attempt(number) { sink in try await sink.finish(end) }
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
  }

  private var failed: Set<Int> = []

  private func attempt(_ number: Int, _ body: (inout any ReportSink) async throws -> Void) async throws {
    do {
      try await body(&sinks[number].sink)
    } catch where !sinks[number].isEssential {
      logger.error("an output was not written to its end", metadata: ["err": "\(error)"])
      hasFailed = true
      failed.insert(number)
    }
  }

  private func prune() {
    guard !failed.isEmpty else { return }
    sinks = sinks.enumerated().filter { !failed.contains($0.offset) }.map(\.element)
    failed = []
  }
}
