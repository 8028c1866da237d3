import OrderedJSON
import TSDB
import Thanos

/// Whether a meta.json that could be read agrees with itself, and says what a program can have written.
struct MetaCheck {
  let meta: BlockMeta
  /// `nil` for a block that Thanos has never seen.
  let section: ThanosSection?
  /// Path or key of the file.
  let name: String

  func run(_ report: inout BlockReport) {
    checkTimes(&report)
    checkStats(&report)
    checkCompaction(&report)
    guard let section else { return }
    checkResolution(section, &report)
    checkFiles(section, &report)
  }

  private func mismatch(_ report: inout BlockReport, _ message: String) {
    report.find(.metaMismatch, file: name, message)
  }

  private func implausible(_ report: inout BlockReport, _ message: String) {
    report.find(.metaImplausible, file: name, message)
  }

  private func checkTimes(_ report: inout BlockReport) {
    // The end is exclusive: a block with samples covers at least a millisecond.
    guard meta.minTime == meta.maxTime, meta.stats.samples > 0 else { return }
    mismatch(
      &report, "minTime and maxTime are both \(meta.minTime), which leaves no time for \(meta.stats.samples) samples")
  }

  // MARK: Counts

  private func checkStats(_ report: inout BlockReport) {
    let stats = meta.stats
    let counts = [
      ("numSamples", stats.samples), ("numFloatSamples", stats.floatSamples), ("numSeries", stats.series),
      ("numHistogramSamples", stats.histogramSamples), ("numChunks", stats.chunks), ("numTombstones", stats.tombstones),
    ]
    let negative = counts.filter { $0.1 < 0 }
    for (key, value) in negative { mismatch(&report, "stats.\(key) is \(value), less than nothing") }
    guard negative.isEmpty else { return }
    checkSampleTypes(stats, &report)
    // A series has at least a chunk, a chunk at least a sample.
    if stats.chunks < stats.series {
      mismatch(&report, "stats counts \(stats.series) series in no more than \(stats.chunks) chunks")
    } else if stats.samples < stats.chunks {
      mismatch(&report, "stats counts \(stats.chunks) chunks of no more than \(stats.samples) samples")
    }
  }

  /// Written since Prometheus 2.54; downsampled blocks keep the raw block's numbers of each type beside their own sum.
  private func checkSampleTypes(_ stats: BlockMeta.Stats, _ report: inout BlockReport) {
    let (sum, overflow) = stats.floatSamples.addingReportingOverflow(stats.histogramSamples)
    guard sum != 0, overflow || sum != stats.samples, (section?.resolution ?? .raw) == .raw else { return }
    mismatch(
      &report,
      "stats counts \(stats.samples) samples, and of them \(stats.floatSamples) floats and"
        + " \(stats.histogramSamples) histograms")
  }

  // MARK: Compaction

  private func checkCompaction(_ report: inout BlockReport) {
    let compaction = meta.compaction
    if compaction.level < 1 { implausible(&report, "compaction.level is \(compaction.level), the lowest is 1") }
    if compaction.sources.isEmpty {
      implausible(&report, "compaction.sources is empty: Thanos cannot tell which blocks' data this is")
    } else if Set(compaction.sources).count < compaction.sources.count {
      implausible(&report, "compaction.sources names a block twice")
    }
    for parent in meta.document["compaction"]?.object?["parents"]?.array ?? [] {
      guard let parent = parent.object, let first = parent["minTime"]?.int64, let end = parent["maxTime"]?.int64 else {
        continue
      }
      guard first < meta.minTime || end > meta.maxTime || first > end else { continue }
      implausible(
        &report,
        "compaction.parents has a block of \(first)…\(end) ms, which is not within this one's"
          + " \(meta.minTime)…\(meta.maxTime) ms")
    }
  }

  // MARK: Thanos' section

  private func checkResolution(_ section: ThanosSection, _ report: inout BlockReport) {
    guard ![.raw, .fiveMinutes, .oneHour].contains(section.resolution) else { return }
    mismatch(
      &report,
      "thanos.downsample.resolution is \(section.resolution.milliseconds) ms; there are 0, 300000 and 3600000")
  }

  private func checkFiles(_ section: ThanosSection, _ report: inout BlockReport) {
    guard !section.files.isEmpty else { return }
    let paths = section.files.map { Array($0.path.utf8) }
    var seen: Set<[UInt8]> = []
    for (file, path) in zip(section.files, paths) where !seen.insert(path).inserted {
      mismatch(&report, "thanos.files lists \(file.path) twice")
    }
    if !seen.contains(Array(BlockFolder.indexName.utf8)) { mismatch(&report, "thanos.files lists no index") }
    // A path that leads elsewhere has its own finding.
    guard section.files.allSatisfy({ BlockObjects(meta.ulid).key(ofFile: $0.path) != nil }) else { return }
    if meta.stats.chunks > 0, !section.files.contains(where: { ExpectedObject.isSegment($0.path) }) {
      mismatch(&report, "thanos.files lists no segment, and stats counts \(meta.stats.chunks) chunks")
    }
    for path in SegmentNames.missing(among: section.files.map(\.path)) {
      mismatch(&report, "thanos.files lists segments behind \(path), and not that")
    }
    checkSegments(section, seen, &report)
  }

  /// The older list of segments beside that of all files, where both are written.
  private func checkSegments(_ section: ThanosSection, _ paths: Set<[UInt8]>, _ report: inout BlockReport) {
    let older = meta.document[ThanosSection.key]?.object?["segment_files"]?.array?.compactMap(\.string) ?? []
    guard !older.isEmpty else { return }
    let folder = BlockFolder.chunksName + "/"
    let listed = Set(section.files.map(\.path).filter { $0.hasPrefix(folder) }.map { Array($0.utf8) })
    let both = Set(older.map { Array((folder + $0).utf8) })
    guard both != listed else { return }
    let lacking = both.symmetricDifference(listed).map { String(decoding: $0, as: UTF8.self) }.sorted()
    mismatch(
      &report, "thanos.segment_files and thanos.files do not agree on \(lacking.prefix(3).joined(separator: ", "))")
  }
}
