public import ArgumentParser
public import TSDB
public import Thanos

// Choices of the lower modules as values of flags.

extension BlockCheck.Depth: ExpressibleByArgument {}

extension HashFunction: ExpressibleByArgument {
  // Without this, help would show nothing where it means an empty text.
  public static var allValueStrings: [String] { ["\"\"", "SHA256"] }
}
