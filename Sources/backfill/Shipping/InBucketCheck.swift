import ObjectStore
import TSDB
import Thanos

/// Looks whether the blocks that a bucket seems to have already are really there, and are there to stay.
struct InBucketCheck: Sendable {
  private let bucket: any Bucket
  /// Listings at a time.
  private static let concurrency = 16

  init(_ bucket: any Bucket) { self.bucket = bucket }

  /// - Returns: for each block that cannot count as "already there", and must not be sent beside what is there, the reason
  ///   with the way out.
  /// - Throws: `BucketError`.
  func run(_ local: [LocalBlock], among blocks: [BucketBlock]) async throws -> [ULID: String] {
    let localFiles = Dictionary(local.map { ($0.ulid, $0.files) }, uniquingKeysWith: { first, _ in first })
    let there = blocks.filter { localFiles[$0.ulid] != nil }
    return try await withThrowingTaskGroup(of: (ULID, String?).self) { group in
      var reasons: [ULID: String] = [:]
      for (number, block) in there.enumerated() {
        if number >= Self.concurrency, let (ulid, reason) = try await group.next() { reasons[ulid] = reason }
        group.addTask { (block.ulid, try await reason(against: block, localFiles: localFiles[block.ulid] ?? [:])) }
      }
      for try await (ulid, reason) in group { reasons[ulid] = reason }
      return reasons
    }
  }

  /// - Parameter localFiles: bytes of the local index and segments; none if unknown.
  private func reason(against block: BucketBlock, localFiles: [String: UInt64]) async throws -> String? {
    var sizes: [String: UInt64] = [:]
    try await bucket.forEachPage(prefix: block.objects.prefix, style: .recursive) { page in
      for object in page.objects {
        if let path = block.objects.path(ofKey: object.key) { sizes[path] = object.attributes.size }
      }
    }
    let mark = Marker.Kind.deletion.fileName
    if sizes[mark] != nil {
      return "the bucket has it marked for deletion: Thanos' compactor is about to delete it; delete"
        + " \(block.objects.marker(.deletion)) to keep it, or wait until the block is gone and run again"
    }
    for file in block.description?.thanos?.files ?? [] where file.path != BlockMeta.fileName {
      guard let size = sizes[file.path] else { return incomplete(block, "\(file.path) is missing") }
      if let listed = file.size, listed != size {
        return incomplete(block, "\(file.path) has \(size) bytes and should have \(listed)")
      }
    }
    guard block.description != nil, !localFiles.isEmpty else { return nil }
    let there = sizes.filter { BlockFolder.isData($0.key) }
    guard let path = Set(there.keys).union(localFiles.keys).sorted().first(where: { there[$0] != localFiles[$0] }) else {
      return nil
    }
    func words(_ size: UInt64?) -> String { size.map { "\($0) bytes" } ?? "none" }
    return "the bucket has a block of this ULID with other data: \(path): \(words(there[path])) there,"
      + " \(words(localFiles[path])) here;"
      + " verify says which is damaged, and deleting \(block.objects.meta) there lets the local one go in"
  }

  private func incomplete(_ block: BucketBlock, _ what: String) -> String {
    "the bucket has it damaged: \(what); delete \(block.objects.meta) there and run again to send it whole"
  }
}

extension UploadPlan {
  /// The plan with those blocks refused that the bucket holds in a state in which nothing may be done with them.
  func refusing(_ reasons: [ULID: String]) -> UploadPlan {
    var plan = self
    for place in plan.blocks.indices {
      guard let reason = reasons[plan.blocks[place].ulid] else { continue }
      switch plan.blocks[place].decision {
      case .upload, .partial, .alreadyThere: plan.blocks[place].decision = .conflict(reason)
      default: break
      }
    }
    return plan
  }
}
