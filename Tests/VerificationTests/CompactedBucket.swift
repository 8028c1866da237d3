import Fixtures
import Platform
import TSDB

@testable import Verification

/// Two local blocks, the bucket that they were sent to, and there the block that Thanos' compactor made of them.
struct CompactedBucket: Sendable {
  static let first = "01HF5EN80000000000000000A0"
  static let second = "01HF5EN80000000000000000B0"
  static let merged = "01HF5EN80000000000000000C0"
  private static let start: Int64 = 1_700_006_400_000

  let shipment: Shipment
  var bucket: StoreBucket { shipment.bucket }

  /// - Parameter hashes: whether the merged block's meta.json lists its files' SHA-256.
  init(hashes: Bool = true) throws {
    shipment = try Shipment([])
    let hour: Int64 = 3_600_000
    for (ulid, start) in [(Self.first, Self.start), (Self.second, Self.start + 2 * hour)] {
      try GeneratedBlock(ulid, from: start, hours: 2, segments: [1000]).write(in: shipment.data.path)
    }
    for folder in try DataDirectory(shipment.data.path).blocks {
      try shipment.ship(folder, hashes: true, partSize: nil, labels: [("cluster", "eu1")])
    }
    let compactor = try Shipment([])
    try GeneratedBlock(Self.merged, from: Self.start, hours: 4, level: 2, segments: [1000]).write(in: compactor.data.path)
    for folder in try DataDirectory(compactor.data.path).blocks {
      try compactor.ship(folder, hashes: hashes, partSize: nil, labels: [("cluster", "eu1")])
    }
    for key in compactor.bucket.keys { bucket[key] = compactor.bucket[key] }
    shipment.editMeta(
      of: Self.merged, "\"sources\": [\n      \"\(Self.merged)\"",
      "\"sources\": [\n      \"\(Self.first)\", \"\(Self.second)\"")
  }

  /// - Parameter age: since when it has been marked, hours.
  func mark(_ ulid: String, age: Int64) {
    let time = WallClock.milliseconds / 1000 - age * 3600
    let text = #"{"id": "\#(ulid)", "version": 1, "details": "source of compacted block", "deletion_time": \#(time)}"#
    bucket["\(ulid)/deletion-mark.json"] = StoreBucket.Object(Array(text.utf8))
  }

  func delete(_ ulid: String) { for key in bucket.keys where key.hasPrefix(ulid) { bucket[key] = nil } }
}
