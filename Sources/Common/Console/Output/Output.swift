import Glibc
public import Platform
import Synchronization

/// Standard output, buffered. Every failure to write is thrown: a report on a full disk is not silently short.
///
/// What is still in the buffer at the end is written by `Program`, which ends the program with an error if it cannot.
public final class Output: Sendable {
  public static let standard = Output(.output, beside: .shared)

  /// Bytes that are gathered before they are written.
  private static let capacity = 1 << 16

  private let descriptor: Descriptor
  private let errorOutput: ErrorOutput
  private let buffer = Mutex<[UInt8]>([])

  init(_ descriptor: Descriptor, beside errorOutput: ErrorOutput) {
    self.descriptor = descriptor
    self.errorOutput = errorOutput
  }

  /// The columns of the terminal that is written to; 80 if it is none.
  public var columns: Int { descriptor.columns }

  /// Appends text as it is.
  public func write(_ text: String) throws(FileError) { try write(Array(text.utf8)) }

  /// Appends bytes as they are.
  public func write(_ bytes: [UInt8]) throws(FileError) {
    try buffer.withLock { buffer throws(FileError) in
      buffer += bytes
      if buffer.count >= Self.capacity { try flush(&buffer) }
    }
  }

  /// Appends text and a newline.
  public func line(_ text: String) throws(FileError) { try write(text + "\n") }

  /// Writes what has been gathered.
  public func flush() throws(FileError) {
    try buffer.withLock { buffer throws(FileError) in try flush(&buffer) }
  }

  /// Writes what has been gathered and closes: network file systems report a full disk only then.
  func finish() throws(FileError) {
    try flush()
    if close(descriptor.number) != 0, errno != EBADF {
      throw FileError(action: "write", path: descriptor.name, number: errno)
    }
  }

  private func flush(_ buffer: inout [UInt8]) throws(FileError) {
    guard !buffer.isEmpty else { return }
    // What could not be written is dropped: trying again at the end would report the same failure twice.
    let bytes = buffer
    buffer.removeAll(keepingCapacity: true)
    try errorOutput.withoutStatus { () throws(FileError) in try descriptor.write(bytes) }
  }
}
