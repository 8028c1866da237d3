public import ObjectStore
public import TSDB

/// A block as a bucket shows it.
public struct BucketBlock: Sendable {
  public enum State: Sendable {
    case whole(BlockDescription)
    /// Objects without a meta.json: an upload under way, broken off, or a deletion half done.
    case partial
    /// A meta.json that cannot be read, with the reason.
    case unreadable(any Error)
  }

  public let ulid: ULID
  public let state: State
  /// Bytes of its meta.json, 0 without one.
  public let metaSize: Int

  public init(ulid: ULID, state: State, metaSize: Int) {
    self.ulid = ulid
    self.state = state
    self.metaSize = metaSize
  }

  public var objects: BlockObjects { BlockObjects(ulid) }
  public var description: BlockDescription? { if case .whole(let description) = state { description } else { nil } }
}

/// Finds the blocks of a bucket.
public struct BucketBlocks: Sendable {
  private let bucket: any Bucket
  /// meta.json files asked for at a time.
  private let concurrency: Int

  public init(_ bucket: any Bucket, concurrency: Int = 32) {
    self.bucket = bucket
    self.concurrency = concurrency
  }

  /// The ULIDs of all folders at the top of the bucket, sorted.
  public func ulids() async throws -> [ULID] {
    var ulids: [ULID] = []
    try await bucket.forEachPage(prefix: "", style: .delimited) { page in
      ulids += page.folders.compactMap { ULID($0.dropLast()) }
    }
    return ulids.sorted()
  }

  /// Every block with its meta.json read, sorted by ULID. One odd block does not end it (thanos#6569): it comes as what it is.
  /// - Throws: `BucketError` where the bucket itself fails (no permission, unreachable).
  public func all() async throws -> [BucketBlock] { try await describe(try await ulids()) }

  /// The named blocks, in the given order.
  public func describe(_ ulids: [ULID]) async throws -> [BucketBlock] {
    try await withThrowingTaskGroup(of: (Int, BucketBlock).self) { group in
      var blocks = [BucketBlock?](repeating: nil, count: ulids.count)
      var next = 0
      func startOne() {
        guard next < ulids.count else { return }
        let number = next
        next += 1
        group.addTask { (number, try await describe(ulids[number])) }
      }
      for _ in 0..<concurrency { startOne() }
      while let (number, block) = try await group.next() {
        blocks[number] = block
        startOne()
      }
      return blocks.compactMap { $0 }
    }
  }

  /// Whether a failure is that of one object, so that others may well be readable.
  private static func concernsOneObject(_ error: BucketError) -> Bool {
    switch error.code {
    case .tooLarge, .accessDenied, .rejected, .changed: true
    default: false
    }
  }

  /// One block.
  public func describe(_ ulid: ULID) async throws -> BucketBlock {
    let (state, bytes) = try await read(ulid)
    return BucketBlock(ulid: ulid, state: state, metaSize: bytes?.content.count ?? 0)
  }

  /// One block, and the bytes of its meta.json with what the store says of that version of it; `nil` where there are none.
  /// - Throws: `BucketError` where the bucket itself fails.
  public func read(
    _ ulid: ULID
  ) async throws -> (state: BucketBlock.State, meta: (content: [UInt8], attributes: ObjectAttributes)?) {
    do {
      let meta = try await bucket.readWithAttributes(BlockObjects(ulid).meta, limit: BlockMeta.sizeLimit)
      return (Self.state(of: ulid, meta: meta.content), meta)
    } catch let error as BucketError where error.code == .objectNotFound {
      return (.partial, nil)
    } catch let error as BucketError where Self.concernsOneObject(error) {
      return (.unreadable(error), nil)
    }
  }

  /// What the bytes of a meta.json make of a block.
  public static func state(of ulid: ULID, meta bytes: [UInt8]) -> BucketBlock.State {
    let key = BlockObjects(ulid).meta
    do throws(TSDBError) {
      return .whole(try BlockDescription(try BlockMeta(parsing: bytes, file: key, of: ulid), file: key))
    } catch {
      return .unreadable(error)
    }
  }
}
