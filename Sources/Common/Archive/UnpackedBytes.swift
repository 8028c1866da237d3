import Platform

/// The bytes of a tar, whatever it is packed with, front to back.
protocol UnpackedBytes: AnyObject {
  var input: PackedInput { get }

  /// Fills the front of a buffer. Blocks.
  /// - Returns: the number of bytes, 0 only at the end.
  /// - Throws: `ArchiveError`, `FileError`.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int

  /// Passes over bytes where that is cheaper than reading them.
  /// - Returns: how many were passed over.
  func skip(_ count: UInt64) -> UInt64
}

extension UnpackedBytes {
  func skip(_ count: UInt64) -> UInt64 { 0 }
}

/// A tar that is not packed.
final class PlainBytes: UnpackedBytes {
  let input: PackedInput

  init(_ file: OpenFile) { input = PackedInput(file) }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    guard try input.refill() else { return 0 }
    let count = min(buffer.count, unsafe input.bytes.count)
    unsafe buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: input.bytes[..<count]))
    input.take(count)
    return count
  }

  func skip(_ count: UInt64) -> UInt64 {
    let skipped = min(count, input.file.size - min(input.file.size, input.offset))
    input.jump(to: input.offset + skipped)
    return skipped
  }
}
