import Inspection
import Thanos

/// What a bucket holds at the end of each month to come.
public struct Projection: Sendable {
  /// Bytes and objects of one resolution.
  public struct Amount: Equatable, Sendable {
    public var bytes: Double = 0
    public var objects: Double = 0

    static func += (left: inout Amount, right: Amount) {
      left.bytes += right.bytes
      left.objects += right.objects
    }
  }

  public struct Month: Sendable {
    /// 0 is the plan's time itself, where nothing is estimated.
    public let number: Int
    /// Its end, ms since 1970.
    public let time: Int64
    public fileprivate(set) var raw = Amount()
    public fileprivate(set) var fiveMinutes = Amount()
    public fileprivate(set) var oneHour = Amount()
    /// All bytes with the lower and the upper bound of growth; `nil` where growth has no bounds.
    public fileprivate(set) var bounds: ClosedRange<Double>?
    /// Raw bytes a day that arrive at its end.
    public fileprivate(set) var arrival = 0.0

    public var bytes: Double { raw.bytes + fiveMinutes.bytes + oneHour.bytes }
    public var objects: Double { raw.objects + fiveMinutes.objects + oneHour.objects }

    subscript(resolution: Resolution) -> Amount {
      get {
        switch resolution {
        case .raw: raw
        case .fiveMinutes: fiveMinutes
        default: oneHour
        }
      }
      set {
        switch resolution {
        case .raw: raw = newValue
        case .fiveMinutes: fiveMinutes = newValue
        default: oneHour = newValue
        }
      }
    }
  }

  /// From 0 on.
  public let months: [Month]

  static let resolutions: [Resolution] = [.raw, .fiveMinutes, .oneHour]

  /// - Parameters:
  ///   - stored: all blocks of the source.
  ///   - lasting: those that will last.
  ///   - streams: what arrives, by label set.
  ///   - now: the plan's time, ms since 1970.
  init(stored: [StoredBlock], lasting: [StoredBlock], streams: [Stream], policy: PlanPolicy, now: Int64) {
    let kept = KeptBlocks(lasting, streams: streams, policy: policy, now: now)
    months = (0...policy.months).map { number in
      let day = Double(number) * PlanTime.monthDays
      var month = Month(number: number, time: now + Int64(day * PlanTime.day))
      month.arrival = streams.reduce(0) { $0 + $1.rate.rate(day) }
      if number == 0 {
        for block in stored { month[Self.column(block.resolution)] += block.amount }
        return month
      }
      for resolution in Self.resolutions { month[resolution] = kept.amount(resolution, at: day) }
      var bounds = (low: month.bytes, high: month.bytes)
      for stream in streams {
        for resolution in Self.resolutions {
          let amount = stream.amount(resolution, at: day, policy)
          month[resolution] += amount
          bounds.low += stream.bytes(resolution, at: day, policy, stream.low)
          bounds.high += stream.bytes(resolution, at: day, policy, stream.high)
        }
      }
      if streams.contains(where: \.hasBounds) { month.bounds = min(bounds.low, bounds.high)...max(bounds.low, bounds.high) }
      return month
    }
  }

  /// Blocks of other resolutions than Thanos' stand with the nearest coarser one.
  static func column(_ resolution: Resolution) -> Resolution {
    if resolution <= .raw { return .raw }
    return resolution <= .fiveMinutes ? .fiveMinutes : .oneHour
  }
}

extension StoredBlock {
  var amount: Projection.Amount { Projection.Amount(bytes: Double(sizes.total), objects: Double(objects)) }
}
