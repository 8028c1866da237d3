import Quantities
import Testing

@testable import Page

@Suite("scales and ticks")
struct ScaleTests {
  @Test(
    "values are mapped in proportion, and stay within the scale",
    arguments: [
      (0.0, 100.0), (5.0, 150.0), (10.0, 200.0), (-3.0, 100.0), (1e300, 200.0), (.nan, 100.0), (-.infinity, 100.0),
    ])
  func scale(value: Double, place: Double) { #expect(Scale(0...10, start: 100, end: 200)(value) == place) }

  @Test("a scale of one value, or of one too wide to reckon with, has a middle")
  func flat() {
    #expect(Scale(5...5, start: 0, end: 10)(5) == 5)
    #expect(Scale(-1e308...1e308, start: 0, end: 10)(0) == 5)
  }

  @Test(
    "ticks are round, reach the largest value, and bytes go by 1024",
    arguments: [
      (0.0, Quantity.bytes, ["0 B"]), (1.0, .bytes, ["0 B", "1 B"]),
      (1500, .bytes, ["0 B", "512 B", "1 KiB", "1.5 KiB"]),
      (10 * 1_073_741_824.0, .bytes, ["0 B", "2 GiB", "4 GiB", "6 GiB", "8 GiB", "10 GiB"]),
      (2.3 * 1_099_511_627_776.0, .bytes, ["0 B", "512 GiB", "1 TiB", "1.5 TiB", "2 TiB", "2.5 TiB"]),
      (3, .count, ["0", "1", "2", "3"]), (1234, .count, ["0", "500", "1 k", "1.5 k"]),
      (0.04, .money(currency: "EUR"), ["0.00 EUR", "0.01 EUR", "0.02 EUR", "0.03 EUR", "0.04 EUR"]),
      (420, .money(currency: "USD"), ["0 USD", "100 USD", "200 USD", "300 USD", "400 USD", "500 USD"]),
    ])
  func ticks(largest: Double, quantity: Quantity, expected: [String]) {
    #expect(Tick.values(upTo: largest, quantity, count: 5).map(\.text) == expected)
  }

  @Test(
    "no value makes ticks without end", arguments: [0, -1, 1e-300, 1e300, .infinity, .nan, .greatestFiniteMagnitude])
  func bounded(largest: Double) {
    for quantity in [Quantity.bytes, .count, .money(currency: "EUR")] {
      #expect((1...6).contains(Tick.values(upTo: largest, quantity, count: 5).count))
    }
  }

  @Test(
    "times are marked where people would mark them",
    arguments: [
      ("2023-11-17T06:00:00Z", "2023-11-17T08:00:00Z", ["06:00", "06:30", "07:00", "07:30", "08:00"]),
      ("2023-11-16T20:10:00Z", "2023-11-17T06:00:00Z", ["21:00", "2023-11-17", "03:00", "06:00"]),
      ("2023-11-15T00:00:00Z", "2023-11-17T08:00:00Z", ["2023-11-15", "12:00", "2023-11-16", "12:00", "2023-11-17"]),
      (
        "2024-02-27T00:00:00Z", "2024-03-02T00:00:00Z",
        ["2024-02-27", "2024-02-28", "2024-02-29", "2024-03-01", "2024-03-02"]
      ),
      ("2024-11-21T00:00:00Z", "2025-11-29T00:00:00Z", ["2025-01", "2025-04", "2025-07", "2025-10"]),
      ("2019-06-01T00:00:00Z", "2024-02-01T00:00:00Z", ["2020", "2021", "2022", "2023", "2024"]),
      ("1970-01-01T00:00:00Z", "1970-01-01T00:00:00.010Z", ["1970-01-01"]),
    ])
  func times(from: String, until: String, expected: [String]) throws {
    let (from, until) = (Double(try #require(Timestamp.parse(from))), Double(try #require(Timestamp.parse(until))))
    #expect(TimeTicks.ticks(from: from, until: until, count: 5).map(\.text) == expected)
  }

  @Test(
    "times that no calendar has are not marked",
    arguments: [
      (Double(Int64.min), Double(Int64.max)), (0, 0), (5, 4), (.nan, 1), (0, .infinity), (-1e17, 1e17),
    ])
  func impossible(from: Double, until: Double) {
    #expect(TimeTicks.ticks(from: from, until: until, count: 9) == [])
  }

  @Test(
    "amounts for people",
    arguments: [
      (0.0, "0"), (999, "999"), (1000, "1.00 k"), (403_200_000, "403 M"), (60_000, "60.0 k"), (-1500, "-1.50 k"),
      (2.5, "2.50"),
    ])
  func amounts(value: Double, expected: String) { #expect(Quantity.count.text(value) == expected) }
}
