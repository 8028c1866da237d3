import Platform
import TSDB

/// What was found in a file of a block.
struct ExaminedFile: Sendable {
  /// In hexadecimal; `nil` if it was not asked for, or the file could not be read.
  var hash: String?
  var checksums = CRC32CTiles()
  /// `nil` for what is no segment, or was not to be checked.
  var segment: SegmentFindings?
  var faults = FaultList()
}

/// One file on its way through hash and check, window by window, so that its bytes are read once for both.
///
/// Two files go side by side, on one thread: their hashes together cost hardly more than one of them.
final class FilePass {
  /// What is to be done with a file.
  struct Order: Sendable {
    let file: OpenFile
    /// Its place among the segments, if it is to be checked as one.
    let segment: Int?
    let isHashed: Bool
  }

  /// Bytes of each file at a time. Two of them stay in the cache that a core has for itself while they are hashed and
  /// checked.
  private static let window = 256 << 10

  private let file: OpenFile
  /// The file's place among the orders.
  private let place: Int
  private var offset: UInt64 = 0
  private var hash: SHA256Hex?
  /// Cost little here, and save whoever sends the file a pass over it.
  private var checksums = CRC32CTiles()
  private var check: SegmentCheck?
  private var faults = FaultList()
  private var isUnreadable = false

  private init(_ order: Order, _ place: Int, _ check: BlockCheck) {
    file = order.file
    self.place = place
    hash = order.isHashed ? SHA256Hex() : nil
    self.check = order.segment.map { check.segmentCheck($0) }
  }

  /// Goes through files. Blocks.
  /// - Parameter goOn: called every now and then.
  /// - Returns: what was found, in the order of `orders`.
  /// - Throws: what `goOn` throws; `FileError` for a file that is not checked. That of one that is, is a fault of it.
  static func run(_ orders: [Order], of check: BlockCheck, goOn: () throws -> Void) throws -> [ExaminedFile] {
    var found = [ExaminedFile](repeating: ExaminedFile(), count: orders.count)
    var waiting = orders.enumerated().makeIterator()
    func next() -> FilePass? { waiting.next().map { FilePass($0.element, $0.offset, check) } }
    var first = FileWindow(size: window)
    var second = FileWindow(size: window)
    var (one, other) = (next(), next())
    while one != nil || other != nil {
      try goOn()
      try one?.read(&first)
      try other?.read(&second)
      hash(one, first.bytes, other, second.bytes)
      one?.scan(first.bytes)
      other?.scan(second.bytes)
      if let pass = one, pass.isOver {
        found[pass.place] = pass.finish()
        one = next()
      }
      if let pass = other, pass.isOver {
        found[pass.place] = pass.finish()
        other = next()
      }
    }
    return found
  }

  private static func hash(_ one: FilePass?, _ bytes: RawSpan, _ other: FilePass?, _ others: RawSpan) {
    if let one, let other, var hash = one.hash, var second = other.hash {
      SHA256Hex.update(&hash, with: bytes, &second, with: others)
      one.hash = hash
      other.hash = second
    } else {
      one?.hash?.update(bytes)
      other?.hash?.update(others)
    }
  }

  private var isOver: Bool { isUnreadable || offset >= file.size }

  private func read(_ window: inout FileWindow) throws {
    do throws(FileError) {
      try window.read(file, offset..<max(offset, file.size))
      offset += UInt64(window.bytes.byteCount)
    } catch {
      guard check != nil else { throw error }
      isUnreadable = true
      faults.append(BlockFault(.unreadable, file: file.path, "\(error)"))
    }
  }

  private func scan(_ bytes: RawSpan) {
    checksums.update(bytes)
    check?.scan(bytes, &faults)
  }

  private func finish() -> ExaminedFile {
    if !isUnreadable { check?.finish(&faults) }
    return ExaminedFile(
      hash: isUnreadable ? nil : hash?.finalize(), checksums: checksums, segment: check?.findings, faults: faults)
  }
}
