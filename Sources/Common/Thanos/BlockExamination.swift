public import Platform
public import TSDB

/// Looks into a block on disk before it is trusted, off the cooperative threads, and stops where the task is cancelled.
public struct BlockExamination: Sendable {
  /// What is known of a block afterwards.
  public struct Findings: Sendable {
    /// Of the segments in their order, then of the index, as far as they were read to their end.
    public let digests: [FileDigests]
    /// `nil` if the check did not look into the index.
    public let indexStatistics: IndexStatistics?
  }

  /// What was computed of a file while it was looked into.
  public struct FileDigests: Equatable, Sendable {
    /// In lower-case hexadecimal; `nil` if it was not asked for.
    public let sha256: String?
    public let crc32c: CRC32CTiles
  }

  private let depth: BlockCheck.Depth

  public init(depth: BlockCheck.Depth) { self.depth = depth }

  /// - Parameter hashes: whether to compute the files' SHA-256, in the same pass over their bytes.
  /// - Throws: `CorruptBlock` for a damaged one, `FileError` for files that are only hashed, `CancellationError`.
  @discardableResult
  public func run(_ block: OpenBlock, hashes: Bool = false) async throws -> Findings {
    async let files = examineFiles(of: block, hashes: hashes)
    let (begun, statistics) = await checkIndex(of: block)
    var check = begun
    var digests: [FileDigests] = []
    for file in try await files {
      if let segment = file.segment { check.add(segment, file.faults) }
      digests.append(file.digests)
    }
    let faults = try await finish(check)
    if !faults.isEmpty { throw CorruptBlock(faults: faults) }
    return Findings(digests: digests, indexStatistics: statistics)
  }

  private func checkIndex(of block: OpenBlock) async -> (BlockCheck, IndexStatistics?) {
    await BlockingPool.shared.run { [depth] in
      var check = BlockCheck(block, depth: depth)
      var statistics = IndexStatistics()
      check.checkIndex { statistics.add($0) }
      return (check, depth == .none ? nil : statistics)
    }
  }

  /// - Returns: what was found in each segment, and of the index its hash.
  private func examineFiles(of block: OpenBlock, hashes: Bool) async throws -> [ExaminedFile] {
    let check = BlockCheck(block, depth: depth)
    var passes = block.segments.indices.compactMap { number -> FilePass.Order? in
      guard depth != .none || hashes else { return nil }
      return FilePass.Order(
        file: block.segments[number].file, segment: check.segments.contains(number) ? number : nil, isHashed: hashes)
    }
    if hashes { passes.append(FilePass.Order(file: block.index, segment: nil, isHashed: true)) }
    return try await BlockingPool.shared.runCancellably { [passes] cancellation in
      try FilePass.run(passes, of: check) { try cancellation.check() }
    }
  }

  private func finish(_ check: BlockCheck) async throws -> [BlockFault] {
    try Task.checkCancellation()
    return await BlockingPool.shared.run {
      var check = check
      check.finish()
      // An encoding that is newer than this program is no damage, nor is what Prometheus itself wrote out of order.
      return check.faults.all.filter(\.kind.isDamage)
    }
  }
}

/// A block whose files are damaged. It goes nowhere.
public struct CorruptBlock: Error, CustomStringConvertible {
  /// At least one.
  public let faults: [BlockFault]

  public init(faults: [BlockFault]) { self.faults = faults }

  public var description: String {
    let first = faults.first.map(\.description) ?? "damaged"
    let rest = faults.dropFirst().reduce(0) { $0 + $1.occurrences }
    return rest > 0 ? "\(first) (and \(rest) more findings)" : first
  }
}
