import Fixtures
import ObjectStore
import TSDB
import Testing
import Thanos

@testable import Planning

@Suite("Money")
struct MoneyTests {
  @Test("a price list is read, with requests each or by the thousand")
  func reading() throws {
    let text = """
      currency: EUR
      storage_per_gib_month: 0.023
      put_each: 0.000005
      get_per_1000: 0.0004
      egress_per_gib: 9e-2
      """
    let prices = try Prices(parsing: text, name: "prices.yaml")
    #expect(prices.currency == "EUR" && prices.storagePerGiBMonth == 0.023 && isClose(prices.putPer1000, 0.005))
    #expect(prices.getPer1000 == 0.0004 && prices.egressPerGiB == 0.09)
  }

  struct Wrong: Sendable {
    let text: String
    let message: String
  }

  @Test(
    "what is wrong in a price list is named",
    arguments: [
      Wrong(text: "storage: 1", message: "prices.yaml:1: storage: unknown key"),
      Wrong(text: "currency: EUR\negress_per_gib: -1", message: "prices.yaml:2: egress_per_gib: expected a price"),
      Wrong(text: "get_each: nan", message: "prices.yaml:1: get_each: expected a price"),
      Wrong(text: "get_each: [1]", message: "prices.yaml:1: get_each: expected a single value"),
      Wrong(text: "put_each: 1\nput_per_1000: 1", message: "prices.yaml: put_each: put_per_1000 says the same"),
      Wrong(text: "", message: "prices.yaml: expected `key: value` lines"),
      Wrong(text: "- 1", message: "prices.yaml: expected `key: value` lines"),
      Wrong(text: "a: [", message: "prices.yaml: it is no YAML"),
    ])
  func wrong(_ wrong: Wrong) {
    let error = #expect(throws: ConfigurationError.self) { try Prices(parsing: wrong.text, name: "prices.yaml") }
    #expect(error?.description.hasPrefix(wrong.message) == true, "\(error?.description ?? "")")
    #expect(error?.description.contains("\n") == false)
  }

  @Test("a file that is not there is named")
  func missing() {
    #expect(throws: ConfigurationError.self) { try Prices(file: "/nowhere/prices.yaml") }
  }

  @Test("each line of the bill is its quantity times its price, with the arithmetic in words")
  func bill() throws {
    var maker = BlockMaker()
    // 2 GiB in two blocks of 14 d.
    let blocks = try (0..<2).map { try maker.block(from: Double($0 * 14), days: 14, index: 1 << 29, chunks: 1 << 29) }
    let prices = Prices(currency: "EUR", storagePerGiBMonth: 0.5, putPer1000: 2, getPer1000: 1, egressPerGiB: 0.25)
    let plan = try BlockMaker.plan(blocks, PlanPolicy(downsamples: false), prices: prices)
    let bill = try #require(plan.bills.first)
    #expect(plan.bills.count == 13 && bill.lines.map(\.item) == ["storage", "put", "get", "egress"])
    #expect(bill.lines[0].arithmetic == "2.000 GiB × 0.5 = 1.00 EUR" && !bill.lines[0].isEstimate)
    #expect(bill.lines.map(\.isEstimate) == [false, true, true, true])
    for line in bill.lines { #expect(isClose(line.amount, line.quantity * line.price)) }
    #expect(isClose(bill.total, bill.lines.reduce(0) { $0 + $1.amount }))
    // 1/14 GiB a day for 365/12 days, read as 2 h, 8 h and 2 d.
    #expect(isClose(bill.lines[3].quantity, 365.0 / 12 / 14 * 3))
    // 365 + 91.25 + 15.208 + 2.173 blocks a month of three objects; 16 parts a GiB, written four times; marks on the
    // first three.
    let counts = [365, 91.25, 730.0 / 48, 730.0 / 336]
    let puts = counts.reduce(0, +) * 3 + counts.dropLast().reduce(0, +) + 365.0 / 12 / 14 * 16 * 4
    // A block of 14 d has 512 MiB of chunks: a segment.
    #expect(isClose(bill.lines[1].quantity, puts / 1000))
    let gets = counts.dropLast().reduce(0, +) * 3 + counts.reduce(0, +) * 6
    #expect(isClose(bill.lines[2].quantity, gets / 1000))
  }

  @Test("the bill of a bucket with downsampled data is what each block costs on its way, reckoned by hand")
  func downsampledBill() throws {
    var maker = BlockMaker()
    let gibibyte: UInt64 = 1 << 30
    let raw = try maker.block(from: 0, days: 14, index: gibibyte * 7, chunks: gibibyte * 7)
    let source = ["\(raw.description.ulid)"]
    let five = try maker.block(from: 0, days: 14, index: gibibyte * 7 / 2, chunks: gibibyte * 7 / 2, resolution: 300_000, sources: source)
    let hour = try maker.block(from: 0, days: 14, index: gibibyte * 7 / 8, chunks: gibibyte * 7 / 8, resolution: 3_600_000, sources: source)
    let sizes = [raw, five, hour].map { ($0.description.ulid, gibibyte / 2) }
    let headers = IndexHeaderSizes(sizes: Dictionary(uniqueKeysWithValues: sizes))
    let prices = Prices(currency: "EUR", storagePerGiBMonth: 0.5, putPer1000: 2, getPer1000: 1, egressPerGiB: 0.25)
    let bill = try #require(try BlockMaker.plan([raw, five, hour], headers: headers, prices: prices).bills.first)
    #expect(bill.lines[0].arithmetic == "22.750 GiB × 0.5 = 11.38 EUR")

    // A GiB of raw data a day, half of it 5m, an eighth 1h; blocks a month by their hours.
    let month = 365.0 / 12
    let (two, eight, fortyEight, longest) = (365.0, 365.0 / 4, 730.0 / 48, 730.0 / 336)
    // Of 512 MiB of chunks each: half of a block's bytes. 2 h have 1/24 GiB of them, 2 d 1 GiB of raw, 14 d 7.
    func objects(_ segments: Double) -> Double { 2 + segments }
    let written = [
      two * objects(1), eight * objects(1), fortyEight * objects(2), longest * objects(14), fortyEight * objects(1),
      longest * objects(7), longest * objects(2),
    ]
    let parts = month * 16 * (4 + 2 * 0.5 + 0.125)
    let marks = two + eight + fortyEight + fortyEight
    #expect(isClose(bill.lines[1].quantity, (written.reduce(0, +) + parts + marks) / 1000))
    let reads = [1.0, 1, 2, 0, 1, 1, 0]
    let blocks = two + eight + 2 * fortyEight + 3 * longest
    #expect(isClose(bill.lines[2].quantity, (zip(written, reads).reduce(0) { $0 + $1.0 * $1.1 } + blocks * 6) / 1000))
    // Read are 4 GiB of raw data for each that arrives, and 5m twice; index-headers are 1.5 of 22.75 GiB of whatever is written.
    let share = 1.5 / 22.75
    #expect(isClose(bill.lines[3].quantity, month * (4 + 2 * 0.5 + share * (4 + 2 * 0.5 + 0.125))))
    let amounts = zip(bill.lines.map(\.quantity), [0.5, 2, 1, 0.25]).reduce(0) { $0 + $1.0 * $1.1 }
    #expect(isClose(bill.total, amounts))
  }

  @Test("the bill grows with the bucket")
  func byMonth() throws {
    var maker = BlockMaker()
    let prices = Prices(storagePerGiBMonth: 1e6)
    let plan = try BlockMaker.plan(try TodayTests.year(&maker), PlanPolicy(downsamples: false), prices: prices)
    #expect(isClose(plan.bills[12].total / plan.bills[0].total, 729.0 / 364))
  }
}
