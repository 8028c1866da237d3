import Platform
import TSDB
import Thanos

/// Level `presence` of a block on disk: what it needs is there, of the size that meta.json lists where it lists any,
/// nothing else is, and meta.json agrees with itself.
struct LocalPresence {
  let folder: BlockFolder

  /// A file of the block that is there.
  struct File: Sendable {
    /// Relative to the block.
    let path: String
    let size: UInt64
    /// As meta.json lists it, which only Thanos' components write.
    let sha256: String?
  }

  struct Held: Sendable {
    var meta: BlockMeta?
    /// Index, segments and tombstones.
    var files: [File] = []
  }

  /// Blocks.
  func run(_ report: inout BlockReport) -> Held {
    var held = Held()
    let section = checkMeta(&held, &report)
    let listed = (section?.files ?? []).filter { $0.path != BlockMeta.fileName }
    checkFolder(&report)
    let paths = dataPaths(of: held.meta, &report)
    for path in paths { take(path, listed, &held, &report) }
    let taken = Set(held.files.map { Array($0.path.utf8) })
    for file in listed where !taken.contains(Array(file.path.utf8)) { checkListed(file, &report) }
    return held
  }

  private func name(_ path: String) -> String { "\(folder.path)/\(path)" }

  /// - Returns: Thanos' section, where there is one.
  private func checkMeta(_ held: inout Held, _ report: inout BlockReport) -> ThanosSection? {
    do {
      let meta = try folder.readMeta()
      held.meta = meta
      report.add([.read], to: BlockMeta.fileName, size: (try? Directory.status(of: folder.metaPath).size) ?? 0)
      let section = try ThanosSection(of: meta, file: folder.metaPath)
      MetaCheck(meta: meta, section: section, name: folder.metaPath).run(&report)
      return section
    } catch let error as TSDBError {
      report.find(error, malformed: .metaUnreadable, checksum: .metaUnreadable)
    } catch let error as FileError {
      report.take(error, reading: folder.metaPath)
    } catch {
      report.find(.unreadable, file: folder.metaPath, "\(error)")
    }
    return nil
  }

  /// What lies in the block's folder beside its files.
  private func checkFolder(_ report: inout BlockReport) {
    let names = [BlockMeta.fileName, BlockFolder.indexName, BlockFolder.tombstonesName, BlockFolder.chunksName]
    let known = Set((names + Marker.Kind.allCases.map(\.fileName)).map { Array($0.utf8) })
    do throws(FileError) {
      for entry in try Directory.entries(of: folder.path) {
        if known.contains(Array(entry.name.utf8)) { continue }
        report.find(.strayObject, file: name(entry.name), "no part of a block")
      }
    } catch {
      report.take(error, reading: folder.path)
    }
  }

  /// The paths of index, tombstones and segments; what is missing among them is reported.
  private func dataPaths(of meta: BlockMeta?, _ report: inout BlockReport) -> [String] {
    var paths = [BlockFolder.indexName, BlockFolder.tombstonesName]
    let chunks = name(BlockFolder.chunksName)
    do throws(FileError) {
      let names = try folder.segmentNames()
      for stray in names.strays {
        if BlockFolder.isSegment(stray) {
          report.find(
            .unreadable, file: "\(chunks)/\(stray)", "named as a segment, it is a folder or a link to nowhere")
        } else {
          report.find(.strayObject, file: "\(chunks)/\(stray)", "no segment: its name is no number")
        }
      }
      let segments = names.segments.map { "\(BlockFolder.chunksName)/\($0)" }
      paths += segments
      // A name that something else bears has its own finding.
      let borne = segments + names.strays.map { "\(BlockFolder.chunksName)/\($0)" }
      for path in SegmentNames.missing(among: borne) {
        report.find(.missingFile, file: name(path), "the segments before and behind it are there")
      }
      if let count = meta?.stats.chunks, count > 0, borne.isEmpty {
        report.find(
          .missingFile, file: "\(chunks)/\(BlockFolder.segmentName(0))",
          "meta.json counts \(count) chunks, and there is no segment")
      }
    } catch {
      report.take(error, reading: chunks)
    }
    return paths
  }

  private func take(
    _ path: String, _ listed: [ThanosSection.File], _ held: inout Held, _ report: inout BlockReport
  ) {
    let size: UInt64
    do throws(FileError) {
      size = try Directory.status(of: name(path)).size
    } catch {
      // A block without deletions need not have the file.
      if path != BlockFolder.tombstonesName || error.code != .notFound { report.take(error, reading: name(path)) }
      return
    }
    let entry = listed.first { $0.path.utf8.elementsEqual(path.utf8) }
    if let wanted = entry?.size, wanted != size {
      report.find(.sizeMismatch, file: name(path), "meta.json says \(wanted) bytes, the file has \(size)")
    }
    if !listed.isEmpty, entry == nil, path != BlockFolder.tombstonesName {
      report.find(.strayObject, file: name(path), "meta.json lists the block's files, and not this one (\(size) bytes)")
    }
    report.add(entry?.size == size ? [.size] : [], to: path, size: size)
    held.files.append(File(path: path, size: size, sha256: entry?.size ?? size == size ? entry?.sha256 : nil))
  }

  /// A file that meta.json lists and that is none of those found.
  private func checkListed(_ file: ThanosSection.File, _ report: inout BlockReport) {
    guard BlockObjects(folder.ulid).key(ofFile: file.path) != nil else {
      report.find(
        .metaMismatch, file: folder.metaPath, "thanos.files names \"\(file.path)\", which lies outside of the block")
      return
    }
    let path = name(file.path)
    guard (try? Directory.status(of: path)) == nil, !report.has(.missingFile, of: path) else { return }
    report.find(.missingFile, file: path, "meta.json lists it, and it is not there")
  }
}
