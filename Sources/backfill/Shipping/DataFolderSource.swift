import Platform
import TSDB

/// A data folder on disk: its blocks lie where they are uploaded from.
public struct DataFolderSource: UploadSource {
  public let path: String
  /// One that is sent, one that is looked into, and one that waits in between.
  public let blocksAtATime = 3

  public init(_ path: String) { self.path = path }

  /// - Throws: `DataDirectory.NotATSDB`, `FileError`.
  public func contents() async throws -> SourceContents {
    try await BlockingPool.shared.run { [path] in
      let directory = try DataDirectory(path)
      return SourceContents(blocks: directory.blocks.map(LocalBlock.init), leftovers: directory.leftovers)
    }
  }

  public func begin(_ uploads: [PlannedBlock]) {}
  public func prepare(_ block: PlannedBlock) {}
  public func release(_ block: PlannedBlock) {}
  public func end() {}
}
