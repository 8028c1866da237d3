import Fixtures
import TSDB
import Testing

/// A data folder that a real promtool wrote, one for all tests of the process: nobody writes to it.
struct PrometheusData: Sendable {
  private let folder: TemporaryFolder
  let path: String
  let ulids: [ULID]

  static let shared = Task { try await PrometheusData() }

  private init() async throws {
    folder = try TemporaryFolder()
    path = "\(folder.path)/data"
    let made = try await ProgramRun.script(
      "make-data", ["--no-compaction", "--days", "1", "--series", "60", "--interval", "60", path])
    try #require(made.status == 0, "make-data: \(made.error)")
    ulids = try DataDirectory(path).blocks.map(\.ulid)
  }
}
