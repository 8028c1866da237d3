import BlockBytes

/// The files of a block's data, as whoever listed them found them.
struct DataFiles: Sendable {
  /// `nil` where there is none: its absence has been reported by then.
  var index: DataFile?
  /// In the order that chunk references count them.
  var segments: [DataFile]
  /// Whether a segment is known to be missing, and has been reported: then chunks cannot be looked for by their place.
  var lackSegments = false
  var tombstones: DataFile?
  /// Path or key of meta.json.
  let metaName: String
  /// Path or key of the folder of segments.
  let segmentsName: String
  /// What the absence of a segment that the index needs is called.
  let missing: Finding.ID
}
