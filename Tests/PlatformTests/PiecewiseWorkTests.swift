import Platform
import Synchronization
import Testing

@Suite struct PiecewiseWorkTests {
  @Test(arguments: [1, 2, 7]) func `results stand in the order of the pieces, whoever was done first`(width: Int) async {
    let work = PiecewiseWork(width: width, into: [Int]()) { (whole: inout [Int], piece: Int) in whole.append(piece) }
    let running = Mutex((now: 0, most: 0))
    for number in 0..<200 {
      let place = work.takePlace()
      await work.waitForTurn()
      running.withLock { running in
        running.now += 1
        running.most = max(running.most, running.now)
      }
      BlockingPool.shared.start {
        // Some take longer than those behind them.
        let sum = (0..<(number % 7) * 2000).reduce(0, &+)
        running.withLock { $0.now -= 1 }
        work.settle(sum >= 0 ? number : -1, at: place)
        work.endTurn()
      }
    }
    await work.drain()
    #expect(work.whole == Array(0..<200))
    #expect(running.withLock { $0.most } <= width)
  }

  @Test func `what is done early is held until all before it is settled`() {
    let work = PiecewiseWork(width: 2, into: "") { (whole: inout String, piece: String) in whole += piece }
    let places = (0..<3).map { _ in work.takePlace() }
    work.settle("c", at: places[2])
    work.settle("b", at: places[1])
    #expect(work.whole == "")
    work.settle("a", at: places[0])
    #expect(work.whole == "abc")
  }
}
