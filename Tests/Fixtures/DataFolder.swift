import Platform

/// A Prometheus' data folder of a test's own, made of copies of the fixtures' blocks.
public struct DataFolder: Sendable {
  private let folder: TemporaryFolder
  /// The data folder itself.
  public var path: String { folder.path }

  /// Raw blocks without a thanos section, oldest first.
  public static let rawBlocks = [
    "index-v1/01DXXFZDYD1MQW6079WK0K6EDQ", "raw-float-and-histogram/01M81B088QDAD3JHFN4993ETCA",
    "xor2-float/01M81B089WZ6FKNMSDPKBMGYCV",
  ]

  /// - Parameter blocks: relative to `Fixtures.root`.
  public init(_ blocks: [String] = rawBlocks) throws {
    folder = try TemporaryFolder()
    try Directory.create("\(folder.path)/wal")
    for block in blocks {
      guard let name = block.split(separator: "/").last else { continue }
      try Self.copy("\(Fixtures.root)/\(block)", to: "\(folder.path)/\(name)")
    }
  }

  /// Puts bytes in place of a file, or makes a new one.
  public func write(_ bytes: [UInt8], to file: String) throws { try AtomicFile.write(bytes, to: "\(path)/\(file)") }

  public func read(_ file: String) throws -> [UInt8] { try OpenFile("\(path)/\(file)").readAll(limit: 1 << 30) }

  /// Flips a bit of a file's byte.
  public func flip(_ file: String, at offset: Int) throws {
    var bytes = try read(file)
    bytes[offset] ^= 0x10
    try write(bytes, to: file)
  }

  /// Every file below the folder with its size and time of change.
  public func snapshot() throws -> [String] { try Self.files(below: path).map { "\($0) \(try Directory.status(of: $0))" } }

  /// Every file below a folder, sorted.
  public static func files(below folder: String) throws -> [String] {
    try Directory.entries(of: folder).flatMap { entry in
      entry.kind == .directory ? try files(below: "\(folder)/\(entry.name)") : ["\(folder)/\(entry.name)"]
    }
  }

  private static func copy(_ source: String, to target: String) throws {
    try Directory.create(target)
    for entry in try Directory.entries(of: source) {
      let (from, to) = ("\(source)/\(entry.name)", "\(target)/\(entry.name)")
      if entry.kind == .directory {
        try copy(from, to: to)
      } else {
        try AtomicFile.write(try OpenFile(from).readAll(limit: 1 << 30), to: to)
      }
    }
  }
}
