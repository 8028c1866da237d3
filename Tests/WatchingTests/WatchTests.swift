import Exposition
import Logging
import ObjectStore
import Synchronization
import TSDB
import Testing

@testable import Watching

@Suite("the rounds of a watch")
struct WatchTests {
  /// A watch whose time passes only where it sleeps, and which is cancelled after so many pauses.
  private final class Script: Sendable {
    struct State {
      var now = ContinuousClock.now
      var pauses: [Duration] = []
      var rounds = 0
      var heartbeats = 0
      var folder = FolderState(blocks: [:])
    }

    struct Broken: Error {}
    let state = Mutex(State())
    let registry = MetricRegistry()
    let lines = Lines()

    /// - Parameters:
    ///   - round: what the round of that number, from 0, reports.
    ///   - beat: called with the number of the heartbeat, from 0.
    ///   - look: called with the number of pauses so far, before each look at the folder.
    func run(
      pauses: Int, interval: Duration = .seconds(30),
      round: @escaping @Sendable (Int) async throws -> RoundReport = { _ in RoundReport() },
      beat: @escaping @Sendable (Int) throws -> Void = { _ in },
      look: @escaping @Sendable (Int, inout State) throws -> Void = { _, _ in }
    ) async throws {
      let log = RoundLog()
      let logger = log.logger(Logger(label: "test") { [lines] _ in lines.handler })
      let pages = StatusPages(registry)
      var watch = Watch(
        timing: Watch.Timing(interval: interval), metrics: ShipperMetrics(registry, uploadsCompacted: true), pages: pages,
        log: log, logger: logger,
        folder: {
          try self.state.withLock { state in
            try look(state.pauses.count, &state)
            return state.folder
          }
        },
        round: {
          let number = self.state.withLock { state in
            defer { state.rounds += 1 }
            return state.rounds
          }
          return try await round(number)
        })
      watch.heartbeat = {
        let number = self.state.withLock { state in
          defer { state.heartbeats += 1 }
          return state.heartbeats
        }
        try beat(number)
      }
      watch.clock = Watch.Clock(
        now: { self.state.withLock { $0.now } },
        sleep: { duration in
          try self.state.withLock { state in
            state.pauses.append(duration)
            state.now += duration
            if state.pauses.count == pauses { throw CancellationError() }
          }
        })
      try await watch.run()
    }

    var rounds: Int { state.withLock { $0.rounds } }
    var pauses: [Duration] { state.withLock { $0.pauses } }
    func value(_ name: String) -> String? {
      registry.text.split(separator: "\n").first { $0.hasPrefix("\(name) ") }.map { String($0.dropFirst(name.count + 1)) }
    }
  }

  private static let ulid = ULID("01M81B088QDAD3JHFN4993ETCA")

  @Test("an unchanged folder is looked at every time, the bucket once an hour")
  func unchanged() async throws {
    let script = Script()
    // Two hours and a round.
    try await script.run(pauses: 241)
    #expect(script.rounds == 3)
    #expect(Set(script.pauses) == [.seconds(30)])
    #expect(script.value("thanos_shipper_dir_syncs_total") == "241")
    #expect(script.value("blockhaul_backfill_full_rounds_total") == "3")
    #expect(script.value("thanos_shipper_upload_compacted_done") == "1")
  }

  @Test("a folder that changes has a full round at once, and one only")
  func changed() async throws {
    let ulid = try #require(Self.ulid)
    let script = Script()
    try await script.run(
      pauses: 10,
      look: { pauses, state in
        if pauses == 4 { state.folder = FolderState(blocks: [ulid: FolderState.Block(size: 1, modified: nil)]) }
        if pauses == 7 { state.folder = FolderState(blocks: [ulid: FolderState.Block(size: 2, modified: 5)]) }
      })
    #expect(script.rounds == 3)
  }

  @Test("a new block is shown as waiting while the bucket cannot be read, and those that are known as what they were")
  func newBlockWhileDown() async throws {
    let old = try #require(Self.ulid)
    let new = try #require(ULID("01M81B089WZ6FKNMSDPKBMGYCV"))
    let script = Script()
    let block = FolderState.Block(size: 1, modified: nil)
    try await script.run(
      pauses: 4,
      round: { number in
        if number > 0 { throw BucketError(.unavailable, in: "b", "down") }
        return RoundReport(states: [old: .inBucket])
      },
      look: { pauses, state in
        state.folder = FolderState(blocks: pauses < 2 ? [old: block] : [old: block, new: block])
        if pauses == 2 { #expect(script.value("thanos_shipper_upload_compacted_done") == "1") }
      })
    #expect(script.rounds == 3)
    #expect(script.value("thanos_shipper_upload_compacted_done") == "0")
    #expect(script.value("blockhaul_backfill_blocks{state=\"waiting\"}") == "1")
    #expect(script.value("blockhaul_backfill_blocks{state=\"in_bucket\"}") == "1")
  }

  @Test("rounds that fail come after pauses that double up to five minutes, and the first good one ends that")
  func backOff() async throws {
    let script = Script()
    try await script.run(pauses: 9) { number in
      if 1...6 ~= number || number == 0 { throw BucketError(.unavailable, in: "b", "busy") }
      return RoundReport()
    }
    let seconds = script.pauses.map(\.components.seconds)
    #expect(seconds == [30, 60, 120, 240, 300, 300, 300, 30, 30])
    #expect(script.value("thanos_shipper_dir_sync_failures_total") == "7")
    #expect(script.value("thanos_shipper_dir_syncs_total") == "2")
  }

  @Test("an interval above five minutes is not shortened by failures")
  func longInterval() async throws {
    let script = Script()
    try await script.run(pauses: 3, interval: .seconds(900)) { _ in throw BucketError(.unavailable, in: "b", "busy") }
    #expect(script.pauses.map(\.components.seconds) == [900, 900, 900])
  }

  @Test("a block that time may mend brings another round although the folder is the same; one that it may not does not")
  func retries() async throws {
    let ulid = try #require(Self.ulid)
    let script = Script()
    try await script.run(pauses: 5) { number in
      number < 2 ? RoundReport(states: [ulid: .failed], wantsRetry: true) : RoundReport(states: [ulid: .corrupt])
    }
    #expect(script.rounds == 3)
    #expect(script.value("thanos_shipper_upload_compacted_done") == "0")
    #expect(script.value("blockhaul_backfill_blocks{state=\"corrupt\"}") == "1")
  }

  @Test(
    "wrong usage ends the first round, and no later one",
    arguments: [BucketError.Code.badCredentials, .accessDenied, .bucketNotFound, .unreachable])
  func usage(_ code: BucketError.Code) async throws {
    let script = Script()
    await #expect(throws: BucketError.self) {
      try await script.run(pauses: 3) { _ in throw BucketError(code, in: "b", "no") }
    }
    #expect(script.pauses.isEmpty)
    let later = Script()
    try await later.run(
      pauses: 3, look: { pauses, _ in if pauses > 0 { _ = try DataDirectory("/nonexistent/blockhaul") } })
    #expect(later.pauses.count == 3)
  }

  @Test("a failure is an error once, then goes to debug until its words change")
  func quiet() async throws {
    let script = Script()
    try await script.run(pauses: 6) { number in
      throw BucketError(.unavailable, in: "b", number < 4 ? "busy" : "full")
    }
    let errors = script.lines.all.filter { $0.level == .error }.map(\.text)
    #expect(errors.count == 2 && errors[0].contains("busy") && errors[1].contains("full"), "\(errors)")
    #expect(script.lines.all.count { $0.level == .debug && $0.text.contains("busy") } == 3)
  }

  @Test("tries that differ in nothing but their times are one line, in the first round already")
  func quietTries() {
    let (log, lines) = (RoundLog(), Lines())
    let logger = log.logger(Logger(label: "test") { _ in lines.handler })
    for delay in [200, 410, 790] {
      log.begin()
      for attempt in 0..<2 {
        logger.info(
          "GET bucket is tried again: no connection after \(attempt) ms", metadata: ["delay": "\(delay) ms"])
      }
    }
    logger.info("PUT index is tried again: no connection after 0 ms", metadata: ["delay": "200 ms"])
    #expect(lines.all.filter { $0.level == .info }.count == 2, "\(lines.all)")
  }

  @Test("rounds that have nothing to do do not make an old line new")
  func quietAcrossIdleRounds() async throws {
    let script = Script()
    let logged = Mutex(0)
    try await script.run(
      pauses: 130, beat: { _ in logged.withLock { $0 += 1 } })
    #expect(script.rounds == 2 && logged.withLock { $0 } == 130)
    let log = RoundLog()
    let logger = log.logger(Logger(label: "test") { _ in script.lines.handler })
    for _ in 0..<3 {
      log.begin()
      logger.warning("the same")
      log.begin()
      log.passOver()
    }
    #expect(script.lines.all.filter { $0.text.contains("the same") }.map(\.level) == [.warning, .debug, .debug])
  }

  @Test("other labels end the watch")
  func labels() async throws {
    let script = Script()
    await #expect(throws: LabelsChanged.self) {
      try await script.run(pauses: 9, beat: { if $0 == 3 { throw LabelsChanged(from: "{}", to: "{a}") } })
    }
    #expect(script.pauses.count == 3)
  }

  @Test("what is cancelled in the middle of a round ends without an error")
  func cancelled() async throws {
    let script = Script()
    let task = Task {
      try await script.run(pauses: 100) { _ in
        try await Task.sleep(for: .seconds(60))
        return RoundReport()
      }
    }
    while script.rounds == 0 { await Task.yield() }
    task.cancel()
    try await task.value
    #expect(script.pauses.isEmpty && script.value("thanos_shipper_dir_sync_failures_total") == "0")
  }
}

/// Collects what is logged, the debug level included.
final class Lines: Sendable {
  private let lines = Mutex<[(level: Logger.Level, text: String)]>([])
  var all: [(level: Logger.Level, text: String)] { lines.withLock { $0 } }
  var handler: any LogHandler { Handler(lines: self) }

  private struct Handler: LogHandler {
    let lines: Lines
    var logLevel = Logger.Level.debug
    var metadata: Logger.Metadata = [:]
    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
      get { metadata[key] }
      set { metadata[key] = newValue }
    }
    func log(event: LogEvent) {
      lines.lines.withLock { $0.append((event.level, "\(event.message) \(event.metadata ?? [:])")) }
    }
  }
}
