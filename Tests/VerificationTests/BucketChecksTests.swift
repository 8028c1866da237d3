import ObjectStore
import TSDB
import Testing
import Thanos
import Verification

@Suite("a bucket as a whole")
struct BucketChecksTests {
  private static let hour: Int64 = 3_600_000
  /// Thanos' ULIDs of blocks, sorted.
  private static func ulid(_ number: Int) -> String { "01HF5EN80000000000000000K\(number)" }

  /// A block of which only meta.json matters: an index without a list of files, and no chunks.
  private static func add(
    _ number: Int, _ hours: Range<Int64>, sources: [Int]? = nil, cluster: String? = "eu1", resolution: Int64 = 0,
    to bucket: StoreBucket
  ) {
    let labels = cluster.map { "\"cluster\": \"\($0)\"" } ?? ""
    let sources = (sources ?? [number]).map { "\"\(ulid($0))\"" }.joined(separator: ", ")
    let meta = """
      {"ulid": "\(ulid(number))", "minTime": \(hours.lowerBound * hour), "maxTime": \(hours.upperBound * hour), "version": 1,
       "compaction": {"level": 2, "sources": [\(sources)]},
       "thanos": {"version": 1, "labels": {\(labels)}, "downsample": {"resolution": \(resolution)}, "source": "compactor"}}
      """
    bucket["\(ulid(number))/meta.json"] = StoreBucket.Object(Array(meta.utf8))
    bucket["\(ulid(number))/index"] = StoreBucket.Object([1])
  }

  private func findings(_ fill: (StoreBucket) -> Void) async throws -> [Finding] {
    let bucket = StoreBucket()
    fill(bucket)
    let verified = try await verify(.bucket(bucket), .presence) { $0.checksBucket = nil }
    #expect(verified.blocks.flatMap(\.findings).isEmpty, "\(verified.blocks)")
    return try #require(verified.whole).findings
  }

  private static func mark(_ number: Int, _ kind: String, in bucket: StoreBucket) {
    bucket["\(ulid(number))/\(kind)-mark.json"] = StoreBucket.Object([1])
  }

  @Test("blocks that follow each other are nothing to speak of")
  func good() async throws {
    #expect(try await findings { for number in 0..<5 { Self.add(number, Int64(2 * number)..<Int64(2 * number + 2), to: $0) } }.isEmpty)
  }

  @Test("an overlap is found within labels and resolution only")
  func overlaps() async throws {
    let found = try await findings {
      Self.add(0, 0..<4, to: $0)
      Self.add(1, 2..<6, to: $0)
      Self.add(2, 0..<6, cluster: "eu2", to: $0)
      Self.add(3, 0..<6, resolution: 300_000, to: $0)
    }
    #expect(found.map(\.id) == [.overlappingBlocks] && found[0].severity == .warning && found[0].block == ULID(Self.ulid(1)))
    #expect(found[0].message.contains(Self.ulid(0)) && found[0].message.contains("{cluster=\"eu1\"}"))
    #expect(found[0].message.contains("from 1970-01-01T02:00:00Z to 1970-01-01T04:00:00Z"))
  }

  @Test("each pair of overlapping blocks counts once")
  func manyOverlaps() async throws {
    let found = try await findings { for number in 0..<4 { Self.add(number, 0..<2, to: $0) } }
    #expect(found.allSatisfy { $0.id == .overlappingBlocks } && found.reduce(0) { $0 + $1.occurrences } == 6)
  }

  @Test("a block that is about to be deleted overlaps nothing, leaves a gap, and is none twice")
  func marked() async throws {
    let found = try await findings {
      Self.add(0, 0..<4, to: $0)
      Self.add(1, 2..<6, to: $0)
      Self.add(2, 0..<4, sources: [0], to: $0)
      // In Mimir's and Cortex' place for all markers, which keeps the block's own report empty.
      $0["markers/\(Self.ulid(1))-deletion-mark.json"] = StoreBucket.Object([1])
      $0["markers/\(Self.ulid(2))-deletion-mark.json"] = StoreBucket.Object([1])
      Self.add(3, 6..<8, to: $0)
    }
    #expect(found.map(\.id) == [.timeGap])
  }

  @Test("the same sources twice are found as that, and not as an overlap")
  func duplicates() async throws {
    let found = try await findings {
      Self.add(0, 0..<8, sources: [5, 6], to: $0)
      Self.add(1, 0..<8, sources: [6, 5], to: $0)
      Self.add(2, 0..<8, sources: [5, 6], resolution: 300_000, to: $0)
    }
    #expect(found.map(\.id) == [.duplicateCompaction] && found[0].block == ULID(Self.ulid(1)))
    #expect(found[0].message.contains(Self.ulid(0)) && found[0].severity == .warning)
  }

  @Test("a gap is a note, and a way to the first sample is none")
  func gaps() async throws {
    let found = try await findings {
      Self.add(0, 0..<2, to: $0)
      Self.add(1, 4..<6, to: $0)
      Self.add(2, 100..<102, cluster: "eu2", to: $0)
    }
    #expect(found.map(\.id) == [.timeGap] && found[0].severity == .note && found[0].block == ULID(Self.ulid(1)))
    #expect(found[0].message.contains("from 1970-01-01T02:00:00Z to its beginning at 1970-01-01T04:00:00Z"))
  }

  @Test("extreme times make no trouble")
  func extremes() async throws {
    let bucket = StoreBucket()
    for (number, times) in [(Int64.min, Int64.min + 1), (Int64.max - 1, Int64.max)].enumerated() {
      Self.add(number, 0..<1, to: bucket)
      let text = String(decoding: bucket["\(Self.ulid(number))/meta.json"]?.bytes ?? [], as: UTF8.self)
      let changed = text.replacing("\"minTime\": 0, \"maxTime\": 3600000", with: "\"minTime\": \(times.0), \"maxTime\": \(times.1)")
      bucket["\(Self.ulid(number))/meta.json"] = StoreBucket.Object(Array(changed.utf8))
    }
    let verified = try await verify(.bucket(bucket), .presence) { $0.checksBucket = true }
    #expect(verified.whole?.findings.map(\.id) == [.timeGap])
  }

  @Test("a marker without its block")
  func orphans() async throws {
    let found = try await findings {
      Self.add(0, 0..<2, to: $0)
      $0["markers/\(Self.ulid(0))-no-compact-mark.json"] = StoreBucket.Object([1])
      $0["markers/\(Self.ulid(1))-deletion-mark.json"] = StoreBucket.Object([1])
      $0["markers/readme"] = StoreBucket.Object([1])
    }
    #expect(found.map(\.id) == [.orphanMarker] && found[0].file == "markers/\(Self.ulid(1))-deletion-mark.json")
  }

  @Test("blocks without labels are found once, whoever looks")
  func unlabelled() async throws {
    let found = try await findings { Self.add(0, 0..<2, cluster: nil, to: $0) }
    #expect(found.map(\.id) == [.noExternalLabels])
  }

  @Test("blocks that the compactor should have downsampled")
  func downsampling() async throws {
    let found = try await findings {
      // Long enough for 5m, for both, and for neither.
      Self.add(0, 0..<40, to: $0)
      Self.add(1, 40..<280, to: $0)
      Self.add(2, 280..<319, to: $0)
      Self.add(3, 40..<280, sources: [1], resolution: 300_000, to: $0)
    }
    #expect(found.map(\.id) == [.missingDownsample, .missingDownsample] && found.allSatisfy { $0.severity == .note })
    #expect(found.map(\.block) == [ULID(Self.ulid(0)), ULID(Self.ulid(3))])
    #expect(found[0].message.contains("5m") && found[1].message.contains("1h"))
    let marked = try await findings {
      Self.add(0, 0..<40, to: $0)
      Self.mark(0, "no-downsample", in: $0)
    }
    #expect(marked.isEmpty)
    let complete = try await findings {
      Self.add(0, 0..<240, to: $0)
      Self.add(1, 0..<240, sources: [0, 7], resolution: 300_000, to: $0)
      Self.add(2, 0..<240, sources: [0, 7], resolution: 3_600_000, to: $0)
    }
    #expect(complete.isEmpty)
  }

  @Test("a selection leaves the whole out unless it is asked for, and a no counts")
  func whenLookedAt() async throws {
    let shipment = try Shipment()
    let selection = BlockSelection(ids: ULID(Shipment.raw).map { [$0] } ?? [])
    #expect(try await verify(shipment.alone, .presence) { $0.checksBucket = nil }.whole != nil)
    #expect(try await verify(shipment.alone, .presence) { $0.checksBucket = false }.whole == nil)
    let selected = try await verify(shipment.alone, .presence) {
      $0.checksBucket = nil
      $0.selection = selection
    }
    #expect(selected.whole == nil)
    let asked = try await verify(shipment.alone, .presence) {
      $0.checksBucket = true
      $0.selection = selection
    }
    #expect(asked.whole != nil && asked.blocks.count == 1)
    #expect(try await verify(shipment.copy, .presence) { $0.checksBucket = nil }.whole == nil)
  }
}
