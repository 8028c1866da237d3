internal import CZlib
import Platform

/// What a gzip file unpacks to, that of all its members one after another; the owner of zlib's state.
///
/// The checksum and the length at the end of each member are compared by zlib.
@safe final class GzipBytes: UnpackedBytes {
  let input: PackedInput
  // On the heap, since zlib's state points back at it.
  private let stream: UnsafeMutablePointer<z_stream>
  private var isBetweenMembers = true

  init(_ file: OpenFile) throws {
    input = PackedInput(file)
    unsafe stream = .allocate(capacity: 1)
    unsafe stream.initialize(to: z_stream())
    // 15 bits is gzip's largest window, 16 more ask for its header.
    let size = unsafe Int32(MemoryLayout<z_stream>.size)
    guard unsafe inflateInit2_(stream, 15 + 16, ZLIB_VERSION, size) == Z_OK else {
      throw input.error(.tooLarge, "zlib cannot start: no memory")
    }
  }

  deinit {
    unsafe inflateEnd(stream)
    unsafe stream.deinitialize(count: 1)
    unsafe stream.deallocate()
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    while true {
      guard try input.refill() else {
        if isBetweenMembers { return 0 }
        throw input.error(.truncated, "the file ends inside of its gzip stream: it was cut off")
      }
      if isBetweenMembers, skipPadding() { continue }
      isBetweenMembers = false
      let count = try unsafe inflate(into: buffer)
      if count > 0 { return count }
    }
  }

  /// Zeros that fill up a tape's block may follow the last member.
  /// - Returns: whether anything was skipped.
  private func skipPadding() -> Bool {
    let zeros = unsafe input.bytes.prefix { $0 == 0 }.count
    input.take(zeros)
    return zeros > 0
  }

  private func inflate(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    let packed = unsafe input.bytes
    unsafe stream.pointee.next_in = packed.baseAddress?.assumingMemoryBound(to: UInt8.self)
    unsafe stream.pointee.avail_in = UInt32(clamping: packed.count)
    unsafe stream.pointee.next_out = buffer.baseAddress?.assumingMemoryBound(to: UInt8.self)
    unsafe stream.pointee.avail_out = UInt32(clamping: buffer.count)
    let result = unsafe CZlib.inflate(stream, Z_NO_FLUSH)
    let taken = packed.count - Int(unsafe stream.pointee.avail_in)
    let count = buffer.count - Int(unsafe stream.pointee.avail_out)
    input.take(taken)
    switch result {
    case Z_OK where taken > 0 || count > 0: return count
    case Z_STREAM_END:
      isBetweenMembers = true
      unsafe inflateReset(stream)
      return count
    case Z_MEM_ERROR: throw input.error(.tooLarge, "zlib has no memory left")
    default:
      let words = unsafe stream.pointee.msg.map { unsafe String(cString: $0) } ?? "error \(result)"
      throw input.error(.corrupt, "the gzip stream is damaged here (\(words))")
    }
  }
}
