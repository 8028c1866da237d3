import Archive
import Console

extension ChunkAnalysis {
  private static let quantiles = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99]

  private struct Measure: Sendable {
    let name: String
    let of: @Sendable (EncodingTotals) -> Distribution
    /// What a value is in the unit of the table.
    var scale = 1.0
    var places = 0
  }

  private static let measures = [
    Measure(name: "samples a chunk", of: { $0.sampleCounts }), Measure(name: "bytes a chunk", of: { $0.sizes }),
    Measure(name: "bytes a sample", of: { $0.sampleSizes }, scale: 0.001, places: 2),
    Measure(name: "seconds a chunk", of: { $0.spans }, scale: 0.001, places: 1),
    Measure(name: "buckets a histogram", of: { $0.buckets }),
  ]

  var distributionSection: Document.Section {
    var table = Table(
      [
        Table.Column("MEASURE", key: "measure"), Table.Column("KIND", key: "kind"),
        Table.Column("CHUNKS", key: "chunks", .right), Table.Column("MIN", key: "min", .right),
        Table.Column("AVG", key: "avg", .right),
      ]
        + Self.quantiles.map { quantile in
          let name = "p\(Int(quantile * 100))"
          return Table.Column(name.uppercased(), key: name, .right)
        } + [Table.Column("MAX", key: "max", .right)])
    for measure in Self.measures {
      for kind in SampleKind.allCases {
        guard let distribution = totals(of: kind).map(measure.of), distribution.count > 0 else { continue }
        func cell(_ value: Double, _ places: Int) -> Cell {
          measure.scale == 1 && places == 0 ? .count(Int64(value)) : .decimal(value * measure.scale, places: places)
        }
        table.append(
          [
            .text(measure.name), .text(kind.rawValue), .count(distribution.count),
            cell(Double(distribution.min), measure.places), cell(distribution.mean, max(1, measure.places)),
          ] + Self.quantiles.map { cell(Double(distribution.quantile($0)), measure.places) } + [
            cell(Double(distribution.max), measure.places)
          ])
      }
    }
    return Document.Section(
      "distributions", "Distributions", table,
      notes: ["bytes are those of a chunk's data; quantiles are exact below 256 (0.256 a sample), and within 0.4 % beyond"])
  }

  /// promtool's lists by their headings, in its order.
  var compaction: [(name: String, steps: StepCounts)] {
    let (float, histogram) = (totals(of: .float), totals(of: .histogram))
    let none = StepCounts()
    return [
      ("samples per float chunk", float?.sampleSteps ?? none), ("bytes per float chunk", float?.sizeSteps ?? none),
      ("samples per histogram chunk", histogram?.sampleSteps ?? none),
      ("bytes per histogram chunk", histogram?.sizeSteps ?? none),
      ("buckets per histogram chunk", histogram?.bucketSteps ?? none),
    ]
  }

  var stepSection: Document.Section {
    var table = Table([
      Table.Column("MEASURE", key: "measure"), Table.Column("MIN", key: "min", .right),
      Table.Column("AVG", key: "avg", .right), Table.Column("MAX", key: "max", .right),
      Table.Column("FROM", key: "from", .right), Table.Column("BELOW", key: "below", .right),
      Table.Column("CHUNKS", key: "chunks", .right), Table.Column("SHARE", key: "share", .right),
    ])
    for (name, counts) in compaction {
      for step in counts.steps where step.count > 0 {
        table.append([
          .text(name), .count(counts.min), .count(counts.mean), .count(counts.max), .count(step.from),
          .count(step.below), .count(step.count), Self.ratio(step.count, counts.count, places: 3),
        ])
      }
    }
    return Document.Section("compaction", "Compaction analysis, as promtool tsdb analyze --extended has it", table)
  }

  var compressionSection: Document.Section {
    var table = Table([
      Table.Column("PART", key: "part"), Table.Column("METHOD", key: "method"),
      Table.Column("LEVEL", key: "level", .right), Table.Column("BYTES", key: "size_bytes", .right),
      Table.Column("MEASURED", key: "measured_bytes", .right), Table.Column("SHARE", key: "measured_share", .right),
      Table.Column("COMPRESSED", key: "compressed_bytes", .right), Table.Column("RATIO", key: "ratio", .right),
      Table.Column("ALL OF IT", key: "estimated_bytes", .right),
    ])
    for result in compression {
      let estimate = UInt64(exactly: (Double(result.bytes) * result.ratio).rounded())
      table.append([
        .text(result.part), .text(result.method.name), .count(result.method.level), .bytes(result.bytes),
        .bytes(result.measured), Self.ratio(result.measured, result.bytes, places: 3), .bytes(result.compressed),
        .decimal(result.ratio, places: 3), estimate.map { .bytes($0) } ?? .empty,
      ])
    }
    return Document.Section(
      "compression", "Compression", table,
      notes: ["measured on up to 16 windows of 1 MiB of each part, every one compressed by itself"])
  }

  var damageSection: Document.Section {
    var table = Table([
      Table.Column("FILE", key: "file"), Table.Column("OFFSET", key: "offset", .right),
      Table.Column("DAMAGE", key: "damage"),
    ])
    for place in damage.places { table.append([.text(place.file), .count(place.offset), .text(place.what)]) }
    let total = damage.chunks + damage.missing + damage.segments
    let isCut = total > UInt64(damage.places.count)
    return Document.Section(
      "damage", "Damage", table,
      notes: isCut ? ["\(damage.places.count) of \(Cell.grouped(Int64(clamping: total)))"] : [])
  }
}
