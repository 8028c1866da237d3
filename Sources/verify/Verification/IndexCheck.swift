import Platform
import TSDB

/// Checks every CRC-32C of an index and counts what it holds.
struct IndexCheck {
  private(set) var series: UInt64 = 0
  /// The chunks that the index names.
  private(set) var chunks = ChunkSet()
  /// Whether the counts are those of the whole index.
  private(set) var isComplete = false

  /// Blocks.
  /// - Parameter bytes: the index, named as findings are to name it.
  mutating func run(_ bytes: FileBytes, _ report: inout BlockReport) {
    let index: Index
    do throws(TSDBError) {
      index = try Index(bytes)
    } catch {
      report.find(error, malformed: .indexMalformed, checksum: .indexChecksum)
      return
    }
    var damaged = false
    var errors: [TSDBError] = []
    index.checkChecksums { errors.append($0) }
    for error in errors {
      damaged = true
      report.find(error, malformed: .indexMalformed, checksum: .indexChecksum)
    }
    do {
      try index.forEachSeries(checkingChecksums: false) { entry in
        series &+= 1
        for chunk in entry.chunks { chunks.insert(chunk.reference) }
      }
      isComplete = !damaged
    } catch let error as TSDBError {
      // A damaged entry has been reported by its checksum already.
      if !damaged { report.find(error, malformed: .indexMalformed, checksum: .indexChecksum) }
    } catch {
      report.find(.unreadable, file: index.name, "\(error)")
    }
  }
}
