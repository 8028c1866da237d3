internal import Platform

extension FileSystemBucket {
  /// Bytes handed over at once: large enough for few calls, small enough for the processor's cache.
  private static let window: UInt64 = 1 << 20

  /// Under a limit, no more than is handed out at once, for an even flow.
  static func window(_ limit: RateLimit?) -> UInt64 { limit.map { min(window, $0.burst) } ?? window }

  @discardableResult
  public func get(
    _ key: String, range: Range<UInt64>?, receive: @escaping @Sendable ([UInt8]) async throws -> Void
  ) async throws -> ObjectAttributes {
    let path = try path(of: key)
    let file = try await BlockingPool.shared.runCancellably { _ in
      do throws(FileError) {
        return try OpenFile(path)
      } catch {
        throw failure(error, key: key)
      }
    }
    // The open file is one version of the object: a `put` in between makes another file under its name.
    var offset = min(range?.lowerBound ?? 0, file.size)
    let end = min(range?.upperBound ?? file.size, file.size)
    while offset < end {
      let window = offset..<(offset + min(Self.window(reading), end - offset))
      try await reading?.wait(for: UInt64(window.count))
      let bytes = try await BlockingPool.shared.runCancellably { _ in
        do throws(FileError) {
          return try file.read(window)
        } catch {
          throw failure(error, key: key)
        }
      }
      try await receive(bytes)
      offset = window.upperBound
    }
    try Task.checkCancellation()
    return ObjectAttributes(size: file.size, modified: file.modified, etag: nil)
  }
}
