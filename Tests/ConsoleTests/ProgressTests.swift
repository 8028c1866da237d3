import Logging
import Synchronization
import Testing

@testable import Console

@Suite struct ProgressStateTests {
  private func state(bytes: UInt64? = 1000, blocks: Int? = 4) -> ProgressState {
    ProgressState(phase: "uploading", bytes: bytes, blocks: blocks, at: 100)
  }

  @Test("the rate goes by the last 15 seconds")
  func rate() {
    var state = state(bytes: 100_000)
    #expect(state.rate == nil)
    for second in 1...60 {
      state.advance(bytes: second <= 30 ? 1000 : 10)
      state.mark(at: 100 + Double(second))
    }
    #expect(state.rate == 10)
    #expect(state.remaining == 6970)
    #expect(state.remainingText == "1:56:10")
  }

  @Test("a stall brings the rate to nothing and takes the estimate away")
  func stall() {
    var state = state()
    state.advance(bytes: 500)
    for second in 1...40 { state.mark(at: 100 + Double(second)) }
    #expect(state.rate == 0)
    #expect(state.remaining == nil)
  }

  @Test("marks are forgotten: a day of them takes no more memory than a window")
  func memory() {
    var state = state()
    for tenth in 1...10_000 { state.mark(at: 100 + Double(tenth) / 10) }
    #expect(state.marks.count <= 152)
  }

  struct Fraction: Sendable {
    let bytes: UInt64?
    let blocks: Int?
    let done: Int64
    let fraction: Double?
  }

  @Test("the fraction goes by bytes, else by blocks, and never past the whole", arguments: [
    Fraction(bytes: 1000, blocks: 4, done: 250, fraction: 0.25),
    Fraction(bytes: 1000, blocks: 4, done: 3000, fraction: 1),
    Fraction(bytes: 0, blocks: nil, done: 0, fraction: 1),
    Fraction(bytes: nil, blocks: 4, done: 9, fraction: 0.25),
    Fraction(bytes: nil, blocks: 0, done: 0, fraction: 1),
    Fraction(bytes: nil, blocks: nil, done: 9, fraction: nil),
  ])
  func fraction(_ test: Fraction) {
    var state = state(bytes: test.bytes, blocks: test.blocks)
    state.advance(bytes: test.done)
    state.finishBlock()
    #expect(state.fraction == test.fraction)
  }

  @Test("bytes that are taken back never go below nothing, nor the sum past what a number holds")
  func extremes() {
    var state = state()
    state.advance(bytes: 10)
    state.advance(bytes: -4)
    #expect(state.doneBytes == 6)
    state.advance(bytes: .min)
    #expect(state.doneBytes == 0)
    state.mark(at: 200)
    #expect(state.rate == 0)
    for _ in 0..<4 { state.advance(bytes: .max) }
    #expect(state.doneBytes == .max)
    #expect(state.line.contains("100%"))
  }

  @Test("the line says phase, bar, bytes, blocks, rate and time to go")
  func line() {
    var state = ProgressState(phase: "uploading", bytes: 4 << 20, blocks: 7, at: 0)
    #expect(state.line == "uploading  [....................]   0%  0 B/4.00 MiB  0/7 blocks")
    state.advance(bytes: 1 << 20)
    state.finishBlock()
    state.mark(at: 2)
    #expect(state.line == "uploading  [#####...............]  25%  1.00 MiB/4.00 MiB  1/7 blocks  512 KiB/s  ETA 0:06")
    #expect(ProgressState(phase: "a\nb", bytes: nil, blocks: nil, at: 0).line == "a\\nb")
  }
}

@Suite struct ProgressTests {
  /// Seconds, set by hand.
  final class HandClock: Sendable {
    private let seconds = Mutex(0.0)
    var now: Double { seconds.withLock { $0 } }
    func go(_ step: Double) { seconds.withLock { $0 += step } }
  }

  private let pipe = TestPipe()
  private let clock = HandClock()

  private func progress(_ style: ProgressStyle) -> (Progress, ErrorOutput) {
    let output = ErrorOutput(pipe.descriptor)
    let logger = Logger(label: "test") { _ in ConsoleLogHandler(level: .info, format: .logfmt, output: output) { 0 } }
    let clock = self.clock
    return (Progress(style, logger: logger, output: output, drawsByItself: false) { clock.now }, output)
  }

  @Test("the bar is redrawn in place, log lines come above it, and nothing of it is left")
  func bar() {
    let (progress, output) = progress(.bar)
    progress.begin("uploading", blocks: 2)
    progress.tick()
    #expect(pipe.text() == "\r\u{1B}[Kuploading  [....................]   0%  0/2 blocks")
    output.line("a log line")
    #expect(pipe.text() == "\r\u{1B}[Ka log line\nuploading  [....................]   0%  0/2 blocks")
    progress.finish()
    #expect(pipe.text() == "\r\u{1B}[K")
    progress.tick()
    progress.finish()
    output.line("after")
    #expect(pipe.text() == "after\n")
  }

  @Test("the plain style logs every five seconds, and only then")
  func plain() {
    let (progress, _) = progress(.plain)
    progress.begin("verifying", bytes: 500 << 20, blocks: 3)
    for _ in 0..<19 {
      clock.go(0.25)
      progress.advance(bytes: 1 << 20)
      progress.tick()
    }
    #expect(pipe.text() == "")
    clock.go(0.25)
    progress.finishBlock()
    progress.tick()
    #expect(
      pipe.text() == "ts=1970-01-01T00:00:00.000Z level=info msg=verifying blocks=1/3 bytes=\"19.0 MiB/500 MiB\" "
        + "eta=2:07 percent=3 rate=\"3.80 MiB/s\"\n")
    progress.tick()
    progress.finish()
    #expect(pipe.text() == "")
  }

  @Test("without a style there is nothing")
  func none() {
    let (progress, _) = progress(.none)
    progress.begin("uploading", bytes: 1)
    progress.advance(bytes: 1)
    clock.go(100)
    progress.tick()
    progress.finish()
    #expect(pipe.text() == "")
  }

  @Test("auto is a bar on a terminal and lines elsewhere; what was asked for stays")
  func auto() {
    #expect(ProgressStyle.auto.resolved(isTerminal: true) == .bar)
    #expect(ProgressStyle.auto.resolved(isTerminal: false) == .plain)
    #expect(ProgressStyle.bar.resolved(isTerminal: false) == .bar)
    #expect(ProgressStyle.none.resolved(isTerminal: true) == .none)
  }

  @Test("many may count at a time")
  func counting() async {
    let (progress, _) = progress(.bar)
    progress.begin("uploading", bytes: 10_240)
    await withTaskGroup { group in
      for _ in 0..<20 {
        group.addTask { for _ in 0..<512 { progress.advance(bytes: 1) } }
      }
    }
    progress.tick()
    #expect(pipe.text().contains("100%  10.0 KiB/10.0 KiB"))
    progress.finish()
  }

  @Test("the display moves by itself, and ends with its owner")
  func thread() async throws {
    let output = ErrorOutput(pipe.descriptor)
    var progress: Progress? = Progress(.bar, logger: Logger(label: "test"), output: output) { 0 }
    progress?.begin("uploading")
    var drawn = ""
    for _ in 0..<100 where drawn.isEmpty {
      try await Task.sleep(for: .milliseconds(50))
      drawn = pipe.text()
    }
    #expect(drawn.hasPrefix("\r\u{1B}[Kuploading"))
    weak let observed = progress
    progress = nil
    for _ in 0..<100 where observed != nil { try await Task.sleep(for: .milliseconds(50)) }
    #expect(observed == nil)
    #expect(pipe.text().hasSuffix("\r\u{1B}[K"))
  }
}
