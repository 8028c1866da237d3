import Analysis
import ArgumentParser
import Console
import Inspection
import Logging
import ObjectStore

/// `--tsdb.path` or the flags of a bucket: where a command looks.
struct SourceOptions: ParsableArguments {
  @OptionGroup(title: "Source") var folder: DataDirectoryOptions
  @OptionGroup(title: "Bucket") var bucket: BucketOptions

  private enum Place {
    case folder(String)
    case bucket(any Bucket)
  }

  private func place(_ logger: Logger, _ traffic: Traffic = Traffic()) throws -> Place {
    switch (folder.path, try bucket.open(logger: logger, traffic: traffic)) {
    case (let path?, nil): return .folder(path)
    case (nil, let bucket?): return .bucket(bucket)
    case (nil, nil): throw ValidationError("nothing to inspect: give --tsdb.path or --objstore.config-file")
    case (_?, _?): throw ValidationError("--tsdb.path and --objstore.config-file are two sources: give one of them")
    }
  }

  /// For commands about all blocks.
  func blocks(_ logger: Logger) throws -> BlockSource {
    // Many small objects: what costs is to wait for them.
    switch try place(logger, Traffic(requests: BlockSource.requests)) {
    case .folder(let path): .folder(path)
    case .bucket(let bucket): .bucket(bucket)
    }
  }

  /// The block that is meant: a ULID in the source, the path of a block's folder, which needs no source, or nothing for
  /// the newest.
  /// - Throws: what opening throws; `DamagedBlock`.
  func block(_ name: String?, _ logger: Logger) async throws -> InspectedBlock {
    try await DamagedBlock.naming {
      if let name, BlockChoice.isPath(name), folder.path == nil { return try await BlockChoice.block(at: name) }
      return try await choice(logger).open(name)
    }
  }

  /// For commands that look into a block.
  func choice(_ logger: Logger) throws -> BlockChoice {
    switch try place(logger) {
    case .folder(let path): .folder(path)
    case .bucket(let bucket): .bucket(bucket)
    }
  }
}
