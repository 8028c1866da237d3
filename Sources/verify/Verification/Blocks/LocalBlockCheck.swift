import Platform
import TSDB

/// Checks a block on disk: is everything there, and is every CRC-32C right?
struct LocalBlockCheck {
  let folder: BlockFolder
  let cancellation: Cancellation

  /// Blocks. Whatever is wrong becomes a finding; the rest is checked all the same.
  /// - Throws: `CancellationError`.
  func run() throws -> BlockReport {
    var report = BlockReport(folder.ulid)
    let meta = checkMeta(&report)
    let index = checkIndex(&report)
    let chunks = try checkSegments(&report, upTo: index.isComplete ? index.lastSegment : nil)
    checkTombstones(&report)
    let counts = CountsCheck(meta: meta, index: index, chunksInSegments: chunks)
    report.collect { counts.run(indexName: folder.indexPath, metaName: folder.metaPath, &$0) }
    return report
  }

  private func checkMeta(_ report: inout BlockReport) -> BlockMeta? {
    do {
      let meta = try folder.readMeta()
      let size = (try? Directory.status(of: folder.metaPath).size) ?? 0
      report.files.append(FileReport(path: BlockMeta.fileName, size: size, evidence: []))
      return meta
    } catch let error as TSDBError {
      report.find(error, malformed: .metaUnreadable, checksum: .metaUnreadable)
    } catch {
      report.find(error, reading: folder.metaPath)
    }
    return nil
  }

  private func checkIndex(_ report: inout BlockReport) -> IndexCheck {
    var check = IndexCheck()
    do {
      let bytes = try FileBytes(mapping: folder.indexPath)
      bytes.adviseSequential()
      report.collect { check.run(bytes, &$0) }
      report.files.append(FileReport(path: BlockFolder.indexName, size: UInt64(bytes.count), evidence: [.crc32c]))
    } catch {
      report.find(error, reading: folder.indexPath)
    }
    return check
  }

  /// - Parameter last: the last segment that the index names a chunk in, counted from 0.
  /// - Returns: the chunks of all segments, `nil` if one of them is missing or could not be read to its end.
  private func checkSegments(_ report: inout BlockReport, upTo last: UInt64?) throws -> ChunkSet? {
    let names: (segments: [String], strays: [String])
    do throws(FileError) {
      names = try folder.segmentNames()
    } catch {
      report.find(error, reading: "\(folder.path)/\(BlockFolder.chunksName)")
      return nil
    }
    let path = "\(folder.path)/\(BlockFolder.chunksName)"
    var chunks = ChunkSet()
    var areComplete = true
    for stray in names.strays {
      if BlockFolder.isSegment(stray) {
        areComplete = false
        report.find(.unreadable, file: "\(path)/\(stray)", "named as a segment, it is a folder or a link to nowhere")
      } else {
        report.find(.strayObject, file: "\(path)/\(stray)", "no segment: its name is no number")
      }
    }
    let held = UInt64(names.segments.count)
    if let last, last >= held, areComplete {
      areComplete = false
      report.find(
        .missingFile, file: "\(path)/\(BlockFolder.segmentName(held))",
        "the index names chunks in \(last + 1) segments, \(held) are there")
    }
    for (number, name) in names.segments.enumerated() {
      if let held = try checkSegment(name, number, &report) { chunks.formUnion(held) } else { areComplete = false }
    }
    return areComplete ? chunks : nil
  }

  private func checkSegment(_ name: String, _ number: Int, _ report: inout BlockReport) throws -> ChunkSet? {
    let path = "\(BlockFolder.chunksName)/\(name)"
    do {
      let file = try OpenFile("\(folder.path)/\(path)")
      var check = SegmentCheck(file: file.path, number: number)
      var faults = FaultList()
      defer {
        report.take(faults)
        report.chunksChecked &+= check.chunks.count
      }
      try file.forEachWindow(of: 0..<file.size) { window in
        try cancellation.check()
        check.scan(window, &faults)
      }
      check.finish(&faults)
      report.files.append(FileReport(path: path, size: file.size, evidence: check.isComplete ? [.crc32c] : []))
      return check.isComplete ? check.chunks : nil
    } catch let error as FileError {
      report.find(error, reading: "\(folder.path)/\(path)")
      return nil
    }
  }

  private func checkTombstones(_ report: inout BlockReport) {
    do {
      let bytes = try FileBytes(mapping: folder.tombstonesPath)
      _ = try Tombstones(bytes)
      report.files.append(FileReport(path: BlockFolder.tombstonesName, size: UInt64(bytes.count), evidence: [.crc32c]))
    } catch let error as FileError where error.code == .notFound {
      // A block without deletions need not have the file.
    } catch let error as TSDBError {
      report.find(error, malformed: .tombstonesMalformed, checksum: .tombstonesMalformed)
    } catch {
      report.find(error, reading: folder.tombstonesPath)
    }
  }
}

extension BlockReport {
  /// A file of the block that could not be read at all.
  mutating func find(_ error: any Error, reading path: String) {
    if let error = error as? FileError, error.code == .notFound {
      find(.missingFile, file: path, "the block cannot be read without it")
    } else {
      find(.unreadable, file: path, "\(error)")
    }
  }
}
