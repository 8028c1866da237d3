import BlockBytes
import Platform
import TSDB

/// Checks a block on disk: is everything there, and is every byte of it as it should be?
struct LocalBlockCheck {
  let folder: BlockFolder
  let level: VerificationLevel
  /// Whether each file's SHA-256 is to stand in the report.
  let computesHashes: Bool
  /// The block's files where they are open already: then these are checked, whatever lies under their names by now.
  var held: OpenBlock?
  var meter: ReadMeter?

  /// Whatever is wrong becomes a finding; the rest is checked all the same.
  /// - Throws: `CancellationError`.
  func run() async throws -> BlockReport {
    let (opened, meta, data, files) = await BlockingPool.shared.run {
      var report = BlockReport(folder.ulid)
      let meta = checkMeta(&report)
      let (data, files) = open(&report)
      return (report, meta, data, files)
    }
    var report = opened
    let check = DataCheck(data: data, files: files, meta: meta, level: level, computesHashes: computesHashes)
    try await check.run(&report)
    return report
  }

  private func checkMeta(_ report: inout BlockReport) -> BlockMeta? {
    do {
      let meta = try held?.meta ?? folder.readMeta()
      let size = (try? Directory.status(of: folder.metaPath).size) ?? 0
      report.files.append(FileReport(path: BlockMeta.fileName, size: size, evidence: []))
      return meta
    } catch let error as TSDBError {
      report.find(error, malformed: .metaUnreadable, checksum: .metaUnreadable)
    } catch {
      if let kind = try? Directory.status(of: folder.metaPath).kind, kind != .file {
        report.find(kind, inPlaceOfFile: folder.metaPath)
      } else {
        report.find(error, reading: folder.metaPath)
      }
    }
    return nil
  }

  /// Opens every file of the block's data and reports what is missing or strays.
  private func open(_ report: inout BlockReport) -> (LocalBlockData, DataFiles) {
    if let held { return take(held) }
    let path = "\(folder.path)/\(BlockFolder.chunksName)"
    var data = LocalBlockData(note: meter?.add)
    var files = DataFiles(segments: [], metaName: folder.metaPath, segmentsName: path, missing: .missingFile)
    files.index = open(BlockFolder.indexName, &data, &report)
    do throws(FileError) {
      let names = try folder.segmentNames()
      for stray in names.strays { note(stray, in: path, &files, &report) }
      for name in names.segments {
        if let file = open("\(BlockFolder.chunksName)/\(name)", &data, &report) {
          files.segments.append(file)
        } else {
          files.lackSegments = true
        }
      }
    } catch {
      files.lackSegments = true
      report.find(error, reading: path)
    }
    files.tombstones = open(BlockFolder.tombstonesName, &data, &report)
    return (data, files)
  }

  private func take(_ held: OpenBlock) -> (LocalBlockData, DataFiles) {
    let path = "\(folder.path)/\(BlockFolder.chunksName)"
    var data = LocalBlockData()
    var files = DataFiles(segments: [], metaName: folder.metaPath, segmentsName: path, missing: .missingFile)
    files.index = data.hold(BlockFolder.indexName, held.index)
    files.segments = held.segments.map { data.hold("\(BlockFolder.chunksName)/\($0.name)", $0.file) }
    files.tombstones = held.tombstones.map { data.hold(BlockFolder.tombstonesName, $0) }
    return (data, files)
  }

  private func note(_ stray: String, in path: String, _ files: inout DataFiles, _ report: inout BlockReport) {
    if BlockFolder.isSegment(stray) {
      files.lackSegments = true
      report.find(.unreadable, file: "\(path)/\(stray)", "named as a segment, it is a folder or a link to nowhere")
    } else {
      report.find(.strayObject, file: "\(path)/\(stray)", "no segment: its name is no number")
    }
  }

  private func open(_ path: String, _ data: inout LocalBlockData, _ report: inout BlockReport) -> DataFile? {
    let name = "\(folder.path)/\(path)"
    if let kind = try? Directory.status(of: name).kind, kind != .file {
      report.find(kind, inPlaceOfFile: name)
      return nil
    }
    do throws(FileError) {
      return try data.open(path, name)
    } catch {
      // A block without deletions need not have tombstones.
      if path != BlockFolder.tombstonesName || error.code != .notFound { report.find(error, reading: name) }
      return nil
    }
  }
}

extension BlockReport {
  /// A file of the block that could not be read at all.
  mutating func find(_ error: any Error, reading path: String) {
    if let error = error as? FileError, error.code == .notFound {
      find(.missingFile, file: path, "the block cannot be read without it")
    } else {
      leave(path, error)
    }
  }
}
