/// What can go wrong between a client and a store.
public enum NetworkFault: String, CaseIterable, Sendable {
  /// 503 SlowDown, and the request never reached the store.
  case slowDown
  /// 500 InternalError, likewise.
  case internalError
  /// The request took effect, and its client hears 503.
  case failureAfterEffect
  /// A reset half-way through the request's body.
  case resetInRequest
  /// A reset half-way through the answer: the request took effect.
  case resetInResponse
  /// No byte moves any more, half-way through the request's body.
  case stallInRequest
  /// No byte moves any more, half-way through the answer.
  case stallInResponse
  /// The connection is closed before the answer is complete.
  case cutResponse
  /// An XML answer of half its length, which its `Content-Length` says as if nothing were missing. Other answers pass.
  case truncatedXML
}

/// How often which fault is made.
public struct FaultMix: Sendable {
  /// 0…1 a request for each; together at most 1.
  public var rates: [NetworkFault: Double]
  /// How long a stall lasts, unless the client goes before.
  public var stall: Duration
  /// Faults at most, after which everything passes; `nil` for no limit.
  public var limit: Int?

  public init(_ rates: [NetworkFault: Double] = [:], stall: Duration = .seconds(5), limit: Int? = nil) {
    self.rates = rates
    self.stall = stall
    self.limit = limit
  }

  /// Everything passes.
  public static let none = FaultMix()

  /// Every kind of fault, with this much chance together.
  public static func all(_ rate: Double, stall: Duration = .seconds(5), limit: Int? = nil) -> FaultMix {
    let each = rate / Double(NetworkFault.allCases.count)
    let rates = Dictionary(uniqueKeysWithValues: NetworkFault.allCases.map { ($0, each) })
    return FaultMix(rates, stall: stall, limit: limit)
  }

  /// - Parameter number: 0..<1.
  func fault(at number: Double) -> NetworkFault? {
    var left = number
    for fault in NetworkFault.allCases {
      left -= rates[fault] ?? 0
      if left < 0 { return fault }
    }
    return nil
  }
}
