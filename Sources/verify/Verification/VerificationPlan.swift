import Logging
import ObjectStore
import Platform
import TSDB
import Thanos

/// What is to be checked: the blocks that are meant, found before the first of them is looked into.
struct VerificationPlan {
  /// The check of one block.
  struct BlockTask: Sendable {
    let ulid: ULID
    /// Bytes of its files, where they are known before they are looked at.
    var size: UInt64?
    /// Gets the number of objects that may be in hand at a time and what counts the bytes that are read, and gives `nil`
    /// for a block that is not there after all.
    let check: @Sendable (Int, ReadMeter) async throws -> BlockReport?
  }

  private(set) var tasks: [BlockTask] = []
  /// `nil` where the bucket is not looked at as a whole.
  private(set) var bucketReport: BucketReport?

  private var options: VerificationOptions
  private let logger: Logger
  /// Bytes of the local blocks.
  private var sizes: [ULID: UInt64] = [:]
  /// All blocks that there are, those included that are not meant.
  private(set) var known: Set<ULID> = []

  init(_ options: VerificationOptions, _ logger: Logger) {
    self.options = options
    self.logger = logger
  }

  // MARK: Subjects

  consuming func folder(_ path: String) async throws -> VerificationPlan {
    let folders = try await folders(of: path) { meta in
      // What Prometheus writes has no external labels, what Thanos' components write has.
      (try? ThanosSection(of: meta, file: ""))?.labels ?? ExternalLabels.none
    }
    let (options, sizes) = (options, sizes)
    tasks = folders.map { folder in
      BlockTask(ulid: folder.ulid, size: sizes[folder.ulid]) { width, meter in
        try await FolderVerification(
          folder: folder, options: options.metered(by: meter), purpose: .itself, width: width
        ).run()
      }
    }
    addMissing(in: path)
    return self
  }

  consuming func bucket(_ bucket: any Bucket) async throws -> VerificationPlan {
    let blocks = try await survey(bucket, checksByDefault: options.selection == .all).blocks
    let meant = blocks.filter { isMeant($0) }
    let options = options
    tasks = meant.map { block in
      BlockTask(ulid: block.ulid, size: block.description?.thanos?.size) { width, meter in
        let report = try await BucketVerification(
          bucket: MeteredBucket(base: bucket, meter: meter), block: block, options: options, width: width
        ).run()
        // Without a name it is a folder that the store still lists; by its name it was asked for.
        if report == nil, options.selection.ids.contains(block.ulid) { return Self.missing(block.ulid, in: bucket.location) }
        return report
      }
    }
    known = Set(blocks.map(\.ulid))
    addMissing(in: bucket.location)
    return self
  }

  consuming func copy(of path: String, in bucket: any Bucket) async throws -> VerificationPlan {
    let candidates = try await folders(of: path) { _ in nil }
    let remote: CopiedBlocks
    do {
      let found = try await survey(bucket, checksByDefault: false, of: candidates.map(\.ulid))
      remote = CopiedBlocks(found.blocks, others: found.others, in: bucket, options)
    } catch let error as BucketError where error.isObstacle {
      addUncompared(candidates, of: path, error)
      return self
    }
    let selector = options.selection.selector
    let folders = candidates.filter { folder in
      // A block that is not in the bucket has no labels that could exclude it.
      remote[folder.ulid]?.description.map { selector.matches($0.labels) } ?? true
    }
    let (options, sizes) = (options, sizes)
    tasks = folders.map { folder in
      BlockTask(ulid: folder.ulid, size: sizes[folder.ulid]) { width, meter in
        let options = options.metered(by: meter)
        var report = try await FolderVerification(
          folder: folder, options: options, purpose: .original(isListed: remote.hasHashes(of: folder.ulid)), width: width
        ).run()
        try await CopyCheck(
          bucket: MeteredBucket(base: bucket, meter: meter), folder: folder, blocks: remote, options: options,
          width: width
        ).run(&report)
        return report
      }
    }
    addInterrupted(in: path, bucket)
    addMissing(in: path)
    return self
  }

  /// The bucket cannot be looked at: then the local blocks are for themselves, and each says that it was not compared.
  private mutating func addUncompared(_ folders: [BlockFolder], of path: String, _ error: BucketError) {
    let (options, sizes) = (options, sizes)
    tasks = folders.map { folder in
      BlockTask(ulid: folder.ulid, size: sizes[folder.ulid]) { width, meter in
        var report = try await FolderVerification(
          folder: folder, options: options.metered(by: meter), purpose: .itself, width: width
        ).run()
        report.leaveUnfinished(
          BlockObjects(folder.ulid).prefix, "not compared with \(error.bucket), which could not be looked at")
        return report
      }
    }
    bucketReport = BucketReport(unfinished: [Unfinished(file: error.bucket, reason: error.reason)])
    addMissing(in: path)
  }

  /// Blocks that a repair left without meta.json, and that are no longer local: whoever goes by the folder alone would
  /// never hear of them again.
  private mutating func addInterrupted(in path: String, _ bucket: any Bucket) {
    let kept = options.kept
    for ulid in kept.paths.keys where !known.contains(ulid) && options.selection.exclusion(of: ulid) == nil {
      known.insert(ulid)
      tasks.append(
        BlockTask(ulid: ulid) { _, _ in
          var report = BlockReport(ulid)
          let objects = BlockObjects(ulid)
          do {
            // Whole again, by whatever means.
            if try await bucket.exists(objects.meta) { return nil }
            report.find(
              .partialUpload, file: objects.prefix,
              "no meta.json, and the block is no longer in \(path): \(kept.words(for: ulid) ?? "") once it is there"
                + " again")
          } catch let error as BucketError {
            report.take(error, reading: objects.meta)
          }
          return report
        })
    }
  }

  // MARK: Blocks of a folder

  /// The blocks that are meant, as far as their names and times tell; a meta.json that cannot be read excludes nothing.
  /// - Parameter labels: the block's external labels; `nil` where they are not known here.
  private mutating func folders(
    of path: String, labels: @escaping @Sendable (BlockMeta) -> ExternalLabels?
  ) async throws -> [BlockFolder] {
    let selection = options.selection
    let (folders, directory, sizes) = try await BlockingPool.shared.run {
      let directory = try DataDirectory(path)
      let meant = directory.blocks.filter { folder in
        guard selection.exclusion(of: folder.ulid) == nil else { return false }
        guard selection != .all, let meta = try? folder.readMeta() else { return true }
        var known = selection
        let labels = labels(meta)
        if labels == nil { known.selector = .all }
        return known.exclusion(of: meta, labels: labels ?? .none) == nil
      }
      return (meant, directory, Dictionary(meant.map { ($0.ulid, $0.size) }) { first, _ in first })
    }
    known = Set(directory.blocks.map(\.ulid))
    self.sizes = sizes
    for leftover in directory.leftovers {
      logger.info("left out: Prometheus was interrupted while it made or deleted this", metadata: ["folder": "\(leftover)"])
    }
    return folders
  }

  // MARK: Blocks of a bucket

  /// - Parameter local: the folder's blocks, where a copy is to be checked.
  /// - Returns: the blocks whose meta.json was read, and the names of the others.
  private mutating func survey(
    _ bucket: any Bucket, checksByDefault: Bool, of local: [ULID]? = nil
  ) async throws -> (blocks: [BucketBlock], others: [ULID]) {
    let looksAtAll = options.checksBucket ?? checksByDefault
    options.checksBucket = looksAtAll
    let survey = BucketSurvey(bucket)
    guard looksAtAll else {
      let names = try await names(in: bucket, of: local)
      return (try await survey.blocks(names.wanted), names.others)
    }
    let inventory = try await BucketInventory(of: bucket)
    let blocks = try await survey.blocks(inventory.ulids)
    bucketReport = BucketChecks.run(inventory.adding(blocks))
    return (blocks, [])
  }

  /// The blocks whose meta.json has to be read, and those besides.
  private func names(
    in bucket: any Bucket, of local: [ULID]?
  ) async throws -> (wanted: [ULID], others: [ULID]) {
    // Named ones are asked for by their names, which needs no permission to list the bucket.
    if local == nil, !options.selection.ids.isEmpty { return (options.selection.ids.sorted(), []) }
    let all: [ULID]
    do {
      all = try await BucketBlocks(bucket).ulids()
    } catch let error as BucketError where error.code == .accessDenied && local != nil {
      return (local ?? [], [])
    }
    guard let local else { return (all, []) }
    let wanted = Set(local)
    // Where a block is not there itself, it may be in any of the others, compacted.
    return (all.filter(wanted.contains), all.filter { !wanted.contains($0) })
  }

  private func isMeant(_ block: BucketBlock) -> Bool {
    guard options.selection.exclusion(of: block.ulid) == nil else { return false }
    // Whatever has no readable meta.json has neither times nor labels to go by, and is not to hide behind that.
    guard let held = block.description else { return true }
    return options.selection.exclusion(of: held.meta, labels: held.labels) == nil
  }

  // MARK: Blocks that are not there

  private static func missing(_ ulid: ULID, in place: String) -> BlockReport {
    var report = BlockReport(ulid)
    report.find(.missingBlock, file: BlockObjects(ulid).prefix, "given with --id, and not in \(place)")
    return report
  }

  /// Blocks that were asked for by name.
  private mutating func addMissing(in place: String) {
    for ulid in options.selection.ids.subtracting(known) {
      tasks.append(BlockTask(ulid: ulid) { _, _ in Self.missing(ulid, in: place) })
    }
    tasks.sort { $0.ulid < $1.ulid }
  }
}

extension BlockFolder {
  /// Bytes of its files, as far as they can be seen. Blocks.
  fileprivate var size: UInt64 {
    let folders = [path, "\(path)/\(BlockFolder.chunksName)"]
    return folders.reduce(0) { sum, folder in
      let files = ((try? Directory.entries(of: folder)) ?? []).filter { $0.kind == .file }
      return files.reduce(sum) { $0 &+ ((try? Directory.status(of: "\(folder)/\($1.name)").size) ?? 0) }
    }
  }
}

extension ThanosSection {
  /// Bytes of the block's files; `nil` where old blocks do not list them.
  fileprivate var size: UInt64? {
    let sizes = files.compactMap(\.size)
    return sizes.isEmpty ? nil : sizes.reduce(0) { $0 &+ $1 }
  }
}

extension BucketError {
  /// Whether it is the network, the key or a permission that is in the way, and not a configuration that is wrong.
  fileprivate var isObstacle: Bool { code != .bucketNotFound }
}
