import ObjectStore
import Platform

/// The files that a run's flags name, looked at before any of them is opened: none of them may be part of what is
/// verified, and no two of them the same, however they are spelled.
struct OutputPaths {
  private struct Place {
    let option: String
    let path: String
    /// Links followed; as it was given where that leads nowhere, which opening it will say.
    let destination: String
  }

  private let places: [Place]

  /// Blocks.
  init(_ outputs: OutputOptions, _ rolling: RollingOptions) {
    let paths = [
      ("--report", outputs.reportPath), ("--sums", outputs.sumsPath), ("--metrics-file", outputs.metricsPath),
      ("--junit", outputs.junitPath), ("--ledger", rolling.ledgerPath),
      ("--ledger", rolling.ledgerPath.map { Ledger.lockPath(of: Directory.destination(of: $0) ?? $0) }),
    ]
    places = paths.compactMap { option, path in
      path.map { Place(option: option, path: $0, destination: Directory.destination(of: $0) ?? $0) }
    }
  }

  /// Blocks.
  /// - Throws: `UnwritableOutput`.
  func check(against subject: Verification.Subject) throws(UnwritableOutput) {
    for (number, place) in places.enumerated() {
      let same = places[..<number].first { $0.destination.utf8.elementsEqual(place.destination.utf8) }
      if let same { throw UnwritableOutput(option: same.option, and: place.option, bothName: place.path) }
    }
    for (folder, words) in subject.folders {
      for inside in Self.parts(of: folder) {
        let place = places.first { $0.destination.utf8.starts(with: inside.utf8) }
        if let place { throw UnwritableOutput(option: place.option, path: place.path, inside: "\(words) \(folder)") }
      }
    }
  }

  /// A folder, and where the links in it lead to: a block may lie on another disk. Each ends with a slash.
  private static func parts(of folder: String) -> [String] {
    let links = ((try? Directory.entries(of: folder)) ?? []).filter { $0.isLink && $0.kind == .directory }
    let parts = [Directory.resolved(folder)] + links.map { Directory.resolved("\(folder)/\($0.name)") }
    return parts.compactMap(\.self).map { $0 == "/" ? "/" : "\($0)/" }
  }
}

extension Verification.Subject {
  /// The folders of this machine that are verified, with what each is called.
  fileprivate var folders: [(path: String, words: String)] {
    switch self {
    case .folder(let path): [(path, "the data folder")]
    case .bucket(let bucket): Self.folders(of: bucket)
    case .copy(let path, let bucket): [(path, "the data folder")] + Self.folders(of: bucket)
    }
  }

  private static func folders(of bucket: any Bucket) -> [(path: String, words: String)] {
    bucket.localFolder.map { [($0, "the bucket's directory")] } ?? []
  }
}
