/// What all transfers to and from a bucket share: how many of them there are at a time, and how fast they may be together.
public struct Traffic: Sendable {
  /// Requests that carry content (objects and parts) under way at a time; fewer while the store asks to slow down.
  public var requests: Int
  /// Bytes a second of content, for all of them together, in each direction; `nil` for no limit.
  public var bytesPerSecond: UInt64?

  public init(requests: Int = 8, bytesPerSecond: UInt64? = nil) {
    self.requests = max(1, requests)
    self.bytesPerSecond = bytesPerSecond
  }
}
