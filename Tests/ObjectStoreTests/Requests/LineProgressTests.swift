import Testing

@testable import ObjectStore

@Suite("progress over a line that breaks off")
struct LineProgressTests {
  @Test("what moved before the line broke off counts, what was taken back or refused does not")
  func counts() {
    let line = LineProgress()
    line.begin()
    line.moved(100)
    line.moved(-100)
    #expect(line.total == 0)
    line.brokeOff()
    #expect(line.total == 100)
    // Refused: nothing broke off.
    line.begin()
    line.moved(50)
    line.begin()
    line.brokeOff()
    #expect(line.total == 100)
  }

  @Test("a line that has not brought it over in twenty attempts is none")
  func ends() {
    let line = LineProgress()
    for _ in 0..<30 {
      line.begin()
      line.moved(10)
      line.brokeOff()
    }
    #expect(line.total == 200)
  }
}
