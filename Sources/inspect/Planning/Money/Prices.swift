/// What a store charges.
public struct Prices: Equatable, Sendable {
  /// As it is to be shown: `USD`.
  public var currency: String
  /// For a GiB (2³⁰ bytes) that lies there for a month.
  public var storagePerGiBMonth: Double
  /// For each 1000 requests that write.
  public var putPer1000: Double
  /// For each 1000 requests that read.
  public var getPer1000: Double
  /// For a GiB that leaves the store.
  public var egressPerGiB: Double

  public init(
    currency: String = "USD", storagePerGiBMonth: Double = 0, putPer1000: Double = 0, getPer1000: Double = 0,
    egressPerGiB: Double = 0
  ) {
    self.currency = currency
    self.storagePerGiBMonth = storagePerGiBMonth
    self.putPer1000 = putPer1000
    self.getPer1000 = getPer1000
    self.egressPerGiB = egressPerGiB
  }
}
