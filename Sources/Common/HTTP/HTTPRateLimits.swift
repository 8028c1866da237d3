public import Platform

/// Rates that the metered requests of a client share, bodies of requests and of responses apart; `nil` for no limit.
public struct HTTPRateLimits: Sendable {
  public var sending: RateLimit?
  public var receiving: RateLimit?

  /// - Parameter bytesPerSecond: in each direction.
  public init(bytesPerSecond: UInt64? = nil) {
    sending = bytesPerSecond.map { RateLimit(bytesPerSecond: $0) }
    receiving = bytesPerSecond.map { RateLimit(bytesPerSecond: $0) }
  }

  public init(sending: RateLimit?, receiving: RateLimit?) {
    self.sending = sending
    self.receiving = receiving
  }
}
