import Console
import Quantities

/// What a month costs, line by line.
public struct Bill: Sendable {
  public struct Line: Equatable, Sendable {
    /// `storage`, `put`, `get`, `egress`.
    public let item: String
    public let quantity: Double
    /// Of the quantity.
    public let unit: String
    public let price: Double
    public let amount: Double
    /// `1,234.0 GiB × 0.023 = 28.38 USD`, `12.500 k × 0.005 = 0.06 USD`.
    public let arithmetic: String
    public let isEstimate: Bool
    /// What an estimated quantity is made of; empty otherwise.
    public let basis: String
  }

  /// 0 is a month at today's size.
  public let month: Int
  public let lines: [Line]
  public var total: Double { lines.reduce(0) { $0 + $1.amount } }

  static let gibibyte = 1_073_741_824.0

  init(_ month: Projection.Month, requests: RequestEstimate, prices: Prices) {
    self.month = month.number
    let isForecast = month.number > 0
    let storage = isForecast ? "what the bucket holds at the end of the month by the projection" : ""
    lines = [
      Self.line("storage", month.bytes / Self.gibibyte, "GiB", prices.storagePerGiBMonth, prices, storage),
      Self.line(
        "put", requests.puts / 1000, "thousand requests", prices.putPer1000, prices,
        "new, compacted and downsampled blocks × their objects, a request for each 64 MiB, and a deletion mark for"
          + " each block that is replaced"),
      Self.line(
        "get", requests.gets / 1000, "thousand requests", prices.getPer1000, prices,
        "objects that the compactor reads, and 6 for each new block: meta.json twice and 4 for the index-header;"
          + " queries come on top"),
      Self.line(
        "egress", requests.egress / Self.gibibyte, "GiB", prices.egressPerGiB, prices,
        "what the compactor downloads and the index-headers of one store gateway; queries come on top"),
    ]
  }

  private static func line(
    _ item: String, _ quantity: Double, _ unit: String, _ price: Double, _ prices: Prices, _ basis: String
  ) -> Line {
    let amount = quantity * price
    let unitText = unit == "GiB" ? "GiB" : "k"
    // So many digits that who works it out again comes to the same amount.
    let places = quantity < 1 ? 6 : quantity < 1000 ? 3 : 1
    let arithmetic =
      "\(grouped(quantity, places: places)) \(unitText) × \(price) = \(grouped(amount, places: 2)) \(prices.currency)"
    return Line(
      item: item, quantity: quantity, unit: unit, price: price, amount: amount, arithmetic: arithmetic,
      isEstimate: !basis.isEmpty, basis: basis)
  }

  /// `1,234.5`
  private static func grouped(_ value: Double, places: Int) -> String {
    let text = Decimals.text(value, places: places)
    guard let point = text.firstIndex(of: "."), let whole = Int64(text[..<point]) else { return text }
    return Cell.grouped(whole) + text[point...]
  }
}
