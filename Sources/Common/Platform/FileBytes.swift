import Glibc
import Synchronization

/// The bytes of a file for readers that jump about in it, mapped or held in memory.
///
/// - Performance: a mapping costs no copy and is paged in on demand; it is meant for a block's index and small files.
///   Long files that are read once from front to back (chunk segments) are better read through `OpenFile`.
/// - Thread safety: the bytes never change after `init`, so any number of threads may read them.
/// - A mapping outlives the file's deletion. If the file is *shortened* by somebody while mapped, touching the missing
///   pages raises SIGBUS: a finished block's files are never shortened by Prometheus or Thanos.
@safe public final class FileBytes: @unchecked Sendable {
  // Safe to share: `base` is set once in `init`, points at memory that nobody writes, and is released in `deinit` only.
  private let base: UnsafeRawBufferPointer
  private let release: Release

  /// What the errors of readers call this file: its path, or the object's key.
  public let name: String

  /// Bytes that were read since pages were last given back.
  private let untrimmed = Atomic(0)
  /// How many bytes are read before the pages they lie in are given back.
  public static let stretch = 16 << 20

  private enum Release { case unmap, unmapAtEnd, deallocate, nothing }

  /// Maps a whole file for reading. An empty file gives no bytes and no error.
  public convenience init(mapping path: String) throws(FileError) { try self.init(mapping: OpenFile(path)) }

  /// Maps a file that is open already, whatever has become of its name.
  public init(mapping file: OpenFile) throws(FileError) {
    let path = file.path
    self.name = path
    guard file.size > 0 else {
      unsafe base = UnsafeRawBufferPointer(start: nil, count: 0)
      release = .nothing
      return
    }
    guard let length = Int(exactly: file.size) else {
      throw FileError(action: "map", path: path, number: EFBIG)
    }
    guard let address = unsafe mmap(nil, length, PROT_READ, MAP_PRIVATE, file.descriptor, 0), unsafe address != MAP_FAILED
    else { throw FileError.last("map", path) }
    unsafe base = UnsafeRawBufferPointer(start: address, count: length)
    release = .unmap
  }

  /// Holds a copy of bytes that came from elsewhere.
  public init(_ bytes: [UInt8], name: String) {
    let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 16)
    unsafe copy.copyBytes(from: bytes)
    unsafe base = UnsafeRawBufferPointer(copy)
    release = .deallocate
    self.name = name
  }

  /// Holds the parts of a file that were read from a bucket, each at its place. What lies between them is zero and takes
  /// no memory.
  /// - Parameters:
  ///   - parts: with the offset of each; what lies behind `size` is left out.
  ///   - size: bytes of the whole file.
  public init(parts: [(offset: UInt64, bytes: [UInt8])], size: UInt64, name: String) throws(FileError) {
    self.name = name
    guard size > 0 else {
      unsafe base = UnsafeRawBufferPointer(start: nil, count: 0)
      release = .nothing
      return
    }
    guard let length = Int(exactly: size) else { throw FileError(action: "hold", path: name, number: EFBIG) }
    let flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE
    guard let address = unsafe mmap(nil, length, PROT_READ | PROT_WRITE, flags, -1, 0), unsafe address != MAP_FAILED
    else { throw FileError.last("hold", name) }
    let room = unsafe UnsafeMutableRawBufferPointer(start: address, count: length)
    for part in parts where part.offset < size {
      let start = Int(part.offset)
      let end = min(length, start &+ part.bytes.count)
      guard start < end else { continue }
      unsafe UnsafeMutableRawBufferPointer(rebasing: room[start..<end]).copyBytes(from: part.bytes.prefix(end &- start))
    }
    unsafe base = UnsafeRawBufferPointer(room)
    // Its pages cannot be read anew, so that none may be given back before the end.
    release = .unmapAtEnd
  }

  deinit {
    switch release {
    case .unmap, .unmapAtEnd: unsafe munmap(UnsafeMutableRawPointer(mutating: base.baseAddress), base.count)
    case .deallocate: unsafe base.deallocate()
    case .nothing: break
    }
  }

  /// Number of bytes.
  public var count: Int { unsafe base.count }

  /// The bytes, valid as long as this object is.
  public var bytes: RawSpan {
    @_lifetime(borrow self)
    get { unsafe _overrideLifetime(base.bytes, borrowing: self) }
  }

  /// Told by whoever goes through the bytes how many more have been read. Every 16 MiB the pages that were touched are
  /// given back, so that going through an index of many GiB takes up no more memory than that; pages that are touched
  /// again come from the system's cache.
  @inline(__always)
  public func touched(_ count: Int) {
    // Not one atomic step: where threads meet, a count gets lost and pages are given back a little later.
    let sum = untrimmed.load(ordering: .relaxed) &+ count
    untrimmed.store(sum, ordering: .relaxed)
    if sum >= Self.stretch { giveBack() }
  }

  private func giveBack() {
    untrimmed.store(0, ordering: .relaxed)
    guard release == .unmap else { return }
    // A mapping of a file that nobody writes to: the pages are read anew where they are needed again.
    unsafe madvise(UnsafeMutableRawPointer(mutating: base.baseAddress), base.count, MADV_DONTNEED)
  }

  /// Tells the system that the bytes will be read from front to back, so that it reads ahead.
  public func adviseSequential() {
    guard release == .unmap else { return }
    unsafe madvise(UnsafeMutableRawPointer(mutating: base.baseAddress), base.count, MADV_SEQUENTIAL)
  }
}
