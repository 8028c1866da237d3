import Fixtures
import Platform
import Testing

@Suite("The output of programs", .timeLimit(.minutes(1)))
struct ProgramOutputTests {
  private func read(_ words: String..., timeLimit: Duration = .seconds(30), limit: Int = 1 << 20) throws -> String {
    String(decoding: try ProgramOutput.read(words, timeLimit: timeLimit, limit: limit), as: UTF8.self)
  }

  @Test(
    "what a program prints is all there, its arguments are as given, its input is empty, its complaints are dropped")
  func output() throws {
    #expect(try read("printf", "%s|", "a b", "$HOME", "") == "a b|$HOME||")
    #expect(try read("cat") == "")
    #expect(try read("sh", "-c", "echo out; echo complaint >&2") == "out\n")
    #expect(try read("head", "-c", "300000", "/dev/zero").utf8.count == 300_000)
  }

  @Test(
    "what goes wrong is told in words",
    arguments: [
      (["/no/such/program"], "cannot be started"), ([""], "is no program"), ([], "is no program"),
      (["sh", "-c", "exit 7"], "exit status 7"), (["sh", "-c", "kill -9 $$"], "signal 9"),
      (["cat", "/dev/zero"], "more than 1000"),
    ])
  func failures(_ words: [String], _ part: String) {
    let error = #expect(throws: ProgramError.self) {
      try ProgramOutput.read(words, timeLimit: .seconds(30), limit: 1000)
    }
    #expect(error?.description.contains(part) == true)
  }

  @Test(
    "a program that takes too long is ended with what it has started, also when it has closed its output",
    arguments: [
      "sleep 30 & echo $! > FILE; wait", "sleep 30 > /dev/null & echo $! > FILE; exec >&-; wait",
    ])
  func timeLimit(_ script: String) async throws {
    let folder = try TemporaryFolder()
    let file = "\(folder.path)/pid"
    let start = ContinuousClock.now
    let error = #expect(throws: ProgramError.self) {
      try read("sh", "-c", script.replacing("FILE", with: file), timeLimit: .milliseconds(500))
    }
    #expect(error?.description.contains("too long") == true)
    #expect(ContinuousClock.now - start < .seconds(20))
    let process = String(decoding: try OpenFile(file).readAll(limit: 100), as: UTF8.self).filter(\.isNumber)
    // Gone, or waiting for its parent to take note.
    for _ in 0..<200 {
      let status = (try? read("cat", "/proc/\(process)/stat")) ?? ""
      if status.isEmpty || status.contains(") Z ") { return }
      try await Task.sleep(for: .milliseconds(10))
    }
    Issue.record("process \(process) is still there")
  }
}
