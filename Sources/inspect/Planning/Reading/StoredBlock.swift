public import Inspection
public import ObjectStore
import TSDB
public import Thanos

/// A block as a plan reckons with it: what its meta.json says, what its objects weigh, what markers lie beside it.
public struct StoredBlock: Sendable {
  public let description: BlockDescription
  public let sizes: BlockSizes
  /// What the listing says of the index; `nil` where it has none.
  public let index: ObjectAttributes?
  /// The markers that are there, each with the reason that it gives; `""` where it gives none.
  public let markers: [Marker.Kind: String]

  public init(
    _ description: BlockDescription, sizes: BlockSizes, index: ObjectAttributes? = nil,
    markers: [Marker.Kind: String] = [:]
  ) {
    self.description = description
    self.sizes = sizes
    self.index = index
    self.markers = markers
  }

  var minTime: Int64 { description.meta.minTime }
  var maxTime: Int64 { description.meta.maxTime }
  var labels: ExternalLabels { description.labels }
  var resolution: Resolution { description.resolution }
  /// Days; times are within bounds by `PlanInput`.
  var days: Double { Double(maxTime - minTime) / PlanTime.day }
  /// Objects in a bucket, files in a folder.
  var objects: Int { sizes.files }
  var isMarkedForDeletion: Bool { markers[.deletion] != nil }

  func covers(_ other: StoredBlock) -> Bool { minTime <= other.minTime && other.maxTime <= maxTime }
}

/// Spans of time that a plan counts in.
enum PlanTime {
  /// Milliseconds.
  static let hour: Double = 3_600_000
  static let day: Double = 86_400_000
  /// A twelfth of 365 days, or 730 hours: what stores bill as a month.
  static let monthDays: Double = 365.0 / 12
}
