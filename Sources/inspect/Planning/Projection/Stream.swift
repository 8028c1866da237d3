import Thanos

/// What arrives of one label set from the plan's time on, and what becomes of it.
struct Stream: Sendable {
  let usage: SetUsage
  let rate: ArrivalRate
  /// With the lower and the upper bound of growth.
  let low: ArrivalRate
  let high: ArrivalRate
  let hasBounds: Bool
  /// Bytes a raw byte.
  let fiveMinutes: DownsampledShare
  let oneHour: DownsampledShare

  init(_ usage: SetUsage, shares: DownsampledShares, growth: Double?) {
    self.usage = usage
    let level = usage.hasEnded ? 0 : usage.bytes.level
    let slope = usage.hasEnded || growth != nil ? nil : usage.bytes.slope
    if let growth {
      rate = ArrivalRate(level: level, growth: growth)
      (low, high) = (rate, rate)
    } else {
      rate = ArrivalRate(level: level, slope: slope?.value ?? 0)
      low = ArrivalRate(level: level, slope: slope?.low ?? 0)
      high = ArrivalRate(level: level, slope: slope?.high ?? 0)
    }
    hasBounds = slope != nil
    fiveMinutes = shares.share(.fiveMinutes, of: usage)
    oneHour = shares.share(.oneHour, of: usage)
  }

  /// Bytes of a resolution for each raw byte.
  func ratio(_ resolution: Resolution) -> Double {
    switch resolution {
    case .raw: 1
    case .fiveMinutes: fiveMinutes.ratio
    default: oneHour.ratio
    }
  }

  /// Bytes of what arrived since the plan's time and is still kept.
  /// - Parameter day: from the plan's time.
  func bytes(_ resolution: Resolution, at day: Double, _ policy: PlanPolicy, _ rate: ArrivalRate) -> Double {
    guard resolution == .raw || policy.downsamples else { return 0 }
    return rate.bytes(from: start(resolution, at: day, policy), to: day) * ratio(resolution)
  }

  /// Thanos deletes a block of 14 days when all of it is older than the retention: what is there reaches back by that,
  /// and by up to 14 days more, half of them on the average.
  private func start(_ resolution: Resolution, at day: Double, _ policy: PlanPolicy) -> Double {
    policy.retention.days(resolution).map { max(0, day - $0 - BlockLife.longestDays / 2) } ?? 0
  }

  /// The same with its objects, in blocks of 14 days as the compactor leaves them.
  func amount(_ resolution: Resolution, at day: Double, _ policy: PlanPolicy) -> Projection.Amount {
    let bytes = bytes(resolution, at: day, policy, rate)
    guard bytes > 0 else { return Projection.Amount() }
    let blocks = ((day - start(resolution, at: day, policy)) / BlockLife.longestDays).rounded(.up)
    return Projection.Amount(
      bytes: bytes, objects: Segments.objects(of: bytes, in: blocks, chunkShare: usage.chunkShare))
  }
}
