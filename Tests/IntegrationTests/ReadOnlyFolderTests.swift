import Fixtures
import Platform
import Testing

/// Reading is enough, where a Thanos sidecar wants to make hard links.
@Suite("a data folder that cannot be written", .timeLimit(.minutes(5)))
struct ReadOnlyFolderTests {
  @Test("its blocks go in whole (prometheus-operator#4928, puppet-prometheus#466)")
  func readOnly() async throws {
    try await Slots.processes.with {
      let site = try await UploadSite()
      defer { site.proxy.stop() }
      // Read-only for this process alone.
      let script = #"data=$1; shift; mount --bind "$data" "$data" && mount -o remount,bind,ro "$data" || exit 99; exec "$@""#
      let program = try RunningProgram(
        words: ["/usr/bin/unshare", "-rm", "/bin/sh", "-c", script, "sh", site.data.path]
          + ["\(ProgramRun.folder)/backfill"] + site.arguments)
      #expect(await program.wait() == 0, "\(program.error)")
      try await site.checkComplete("read-only")
    }
  }
}
