/// Text that must not be shown: every way of printing it gives `<secret>`.
public struct Secret: Hashable, Sendable, ExpressibleByStringLiteral {
  /// The text itself, for the place that signs or sends it. Never put it into a message.
  public let exposed: String

  public init(_ text: String) { exposed = text }
  public init(stringLiteral text: String) { exposed = text }

  public var isEmpty: Bool { exposed.isEmpty }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  public var description: String { "<secret>" }
  public var debugDescription: String { "<secret>" }
  /// Without children: `dump` and what prints a struct around it find nothing either.
  public var customMirror: Mirror { Mirror(self, children: EmptyCollection<Mirror.Child>()) }
}
