public import Platform

extension SHA256Hex {
  /// The hash of a whole file, computed beside those that others ask for at the same time.
  /// - Throws: `FileError`, `CancellationError`.
  public static func digest(of file: OpenFile) async throws -> String {
    if let lanes = ParallelDigest.sha256 { return text(try await lanes.digest(of: file, 0..<file.size)) }
    return try await BlockingPool.shared.runCancellably { cancellation in
      var hash = SHA256Hex()
      try file.forEachWindow(of: 0..<file.size) { window in
        try cancellation.check()
        hash.update(window)
      }
      return hash.finalize()
    }
  }
}
