/// Something that the results of a run go to while it lasts: the terminal, a file.
///
/// `begin` comes once, `finish` once at the end, also of a run that ended early. Whatever a sink writes to has been
/// opened before, so that a path which cannot be written is known before hours of checking.
protocol ReportSink {
  mutating func begin(_ run: RunDescription) async throws
  mutating func add(_ report: BlockReport) async throws
  mutating func add(_ report: BucketReport) async throws
  mutating func finish(_ end: RunEnd) async throws
}

extension ReportSink {
  mutating func begin(_ run: RunDescription) async throws {}
  mutating func add(_ report: BucketReport) async throws {}
}
