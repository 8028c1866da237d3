import Platform
import TSDB

/// The files of a local block that a bucket's are compared with, each held open; what cannot be opened is left out and
/// reported, and keeps none of the others from being compared.
struct LocalFiles: Sendable {
  struct File: Sendable {
    /// Relative to the block.
    let path: String
    let file: OpenFile
  }

  /// `nil` for one that cannot be read, which the look at the local block has reported.
  let meta: BlockMeta?
  /// Segments, index and tombstones.
  let files: [File]

  init(_ folder: BlockFolder, _ meter: ReadMeter?, _ report: inout BlockReport) async throws {
    let opened = await BlockingPool.shared.run { Self.open(folder, meter) }
    (meta, files) = (opened.meta, opened.files)
    for (path, error) in opened.failures where !report.has(.missingFile, of: path) {
      if error.code == .notFound, path.utf8.elementsEqual(folder.tombstonesPath.utf8) { continue }
      report.take(error, reading: path)
    }
  }

  private static func open(
    _ folder: BlockFolder, _ meter: ReadMeter?
  ) -> (meta: BlockMeta?, files: [File], failures: [(path: String, error: FileError)]) {
    var paths: [String] = []
    var files: [File] = []
    var failures: [(path: String, error: FileError)] = []
    let chunks = BlockFolder.chunksName
    do throws(FileError) {
      paths = try folder.segmentNames().segments.map { "\(chunks)/\($0)" }
    } catch {
      failures.append(("\(folder.path)/\(chunks)", error))
    }
    for path in paths + [BlockFolder.indexName, BlockFolder.tombstonesName] {
      let name = "\(folder.path)/\(path)"
      do throws(FileError) {
        files.append(File(path: path, file: try OpenFile(name, note: meter?.add)))
      } catch {
        failures.append((name, error))
      }
    }
    return (try? folder.readMeta(), files, failures)
  }
}
