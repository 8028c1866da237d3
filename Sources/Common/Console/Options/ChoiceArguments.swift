public import ArgumentParser
public import TSDB
public import Thanos

// Choices of the lower modules as values of flags.

extension BlockCheck.Depth: ExpressibleByArgument {}

extension HashFunction: ExpressibleByArgument {
  public var defaultValueDescription: String { self == .none ? "\"\"" : rawValue }
}
