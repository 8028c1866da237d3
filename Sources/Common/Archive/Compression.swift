import Platform

/// How an archive is packed, told by its first bytes and never by its name.
enum Compression: Equatable, Sendable {
  case none
  /// RFC 1952.
  case gzip
  /// RFC 8878.
  case zstd

  /// - Throws: `ArchiveError` with `.notAnArchive`, which names the format where it is another well-known one.
  init(of file: OpenFile) throws {
    let start = try file.read(0..<min(file.size, UInt64(TarHeader.size)))
    func refused(_ reason: String) -> ArchiveError { ArchiveError(.notAnArchive, file.path, at: 0, of: .file, reason) }
    if start.isEmpty { throw refused("the file is empty") }
    if start.starts(with: [0x1F, 0x8B]) {
      self = .gzip
    } else if Self.isZstd(start) {
      self = .zstd
    } else if TarHeader.isHeader(start) || start.allSatisfy({ $0 == 0 }) {
      self = .none
    } else if let name = Self.others.first(where: { start.starts(with: $0.start) })?.name {
      throw refused("\(name) is not supported: pack it as .tar, .tar.gz or .tar.zst")
    } else {
      throw refused("this is neither a tar nor one packed with gzip or zstd")
    }
  }

  /// A frame, or a skippable one before it, whose numbers are sixteen.
  private static func isZstd(_ start: [UInt8]) -> Bool {
    guard start.count >= 4 else { return false }
    if start.starts(with: [0x28, 0xB5, 0x2F, 0xFD]) { return true }
    return (0x50...0x5F).contains(start[0]) && start[1...].starts(with: [0x2A, 0x4D, 0x18])
  }

  private static let others: [(name: String, start: [UInt8])] = [
    ("xz", [0xFD, 0x37, 0x7A, 0x58, 0x5A]), ("bzip2", [0x42, 0x5A, 0x68]), ("lz4", [0x04, 0x22, 0x4D, 0x18]),
    ("zip", [0x50, 0x4B, 0x03, 0x04]), ("7z", [0x37, 0x7A, 0xBC, 0xAF]),
  ]
}
