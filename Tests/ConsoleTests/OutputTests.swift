import Glibc
import Platform
import Testing

@testable import Console

@Suite struct OutputTests {
  private func output(_ number: Int32) -> Output {
    Output(Descriptor(number: number, name: "standard output"), beside: ErrorOutput(Descriptor(number: -1, name: "none")))
  }

  @Test("text is gathered until it is flushed")
  func buffer() throws {
    let pipe = TestPipe()
    let output = output(pipe.writer)
    try output.write("a")
    try output.line("b")
    #expect(pipe.text() == "")
    try output.flush()
    #expect(pipe.text() == "ab\n")
    try output.flush()
    #expect(pipe.text() == "")
  }

  @Test("a full buffer is written without being asked")
  func capacity() throws {
    let pipe = TestPipe()
    let output = output(pipe.writer)
    // A pipe holds exactly 64 KiB.
    try output.write(String(repeating: "x", count: 1 << 16))
    #expect(pipe.text().utf8.count == 1 << 16)
  }

  @Test("a full disk is an error that says so, and is reported once")
  func fullDisk() throws {
    let number = unsafe open("/dev/full", O_WRONLY)
    try #require(number >= 0)
    let output = output(number)
    try output.write("lost")
    #expect(throws: FileError(action: "write", path: "standard output", number: ENOSPC)) { try output.flush() }
    try output.finish()
  }

  @Test("an output that was closed is an error")
  func closed() throws {
    let output = output(-1)
    try output.write("lost")
    #expect(throws: FileError(action: "write", path: "standard output", number: EBADF)) { try output.flush() }
  }

  @Test("the progress line makes way for output on the same terminal")
  func besideProgress() throws {
    let pipe = TestPipe()
    let errorOutput = ErrorOutput(pipe.descriptor)
    let output = Output(pipe.descriptor, beside: errorOutput)
    errorOutput.show(status: "50%")
    try output.line("row")
    try output.flush()
    #expect(pipe.text() == "\r\u{1B}[K50%\r\u{1B}[Krow\n50%")
  }

  @Test("a line for the error output that cannot be written is no error, and holds nothing up")
  func lostMessage() {
    ErrorOutput(Descriptor(number: -1, name: "none")).line("into the void")
  }

  @Test("a descriptor that does not block is waited for")
  func nonBlocking() async throws {
    let pipe = TestPipe()
    _ = fcntl(pipe.writer, F_SETFL, O_NONBLOCK)
    let text = String(repeating: "y", count: 300_000)
    let output = output(pipe.writer)
    // A thread, not a task: it waits, and there may be no more than one thread for tasks.
    try Thread.start(named: "writer") { try? output.write(text) }
    var received = 0
    for _ in 0..<10_000 where received < 300_000 {
      received += pipe.text().utf8.count
      try await Task.sleep(for: .milliseconds(1))
    }
    #expect(received == 300_000)
  }

  @Test("a pipe is no terminal")
  func terminal() {
    let pipe = TestPipe()
    #expect(!pipe.descriptor.isTerminal)
    #expect(pipe.descriptor.columns == 80)
  }
}
