import Thanos

/// The objects of a block whose content nothing that was permitted could prove: rows of their own, one finding
/// together.
struct UnprovedObjects {
  let block: BlockObjects
  private var paths: [String] = []
  private var reason = ""

  init(block: BlockObjects) { self.block = block }

  mutating func add(_ path: String, _ reason: String, _ report: inout BlockReport) {
    report.markUnproved(path)
    if paths.isEmpty { self.reason = reason }
    paths.append(path)
  }

  func settle(_ report: inout BlockReport) {
    guard let first = paths.first else { return }
    let others = paths.count > 1 ? " and \(paths.count - 1) more are" : " is"
    report.findings.append(
      Finding(
        .unproved, block: block.ulid, file: block.prefix, "\(first)\(others) known by the size only: \(reason)",
        occurrences: paths.count))
  }
}
