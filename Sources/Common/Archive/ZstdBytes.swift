internal import CZstd
import Platform

/// What a zstd file unpacks to, that of all its frames one after another; the owner of libzstd's state.
///
/// Skippable frames give nothing; frames with a checksum have it compared by libzstd.
@safe final class ZstdBytes: UnpackedBytes {
  /// The largest window that is accepted, as a power of two: 128 MiB, the one of the `zstd` command without `--long=31`.
  static let windowLogLimit: Int32 = 27

  let input: PackedInput
  private let context: OpaquePointer
  private var isBetweenFrames = true
  /// The last buffer was filled to its end, so that more may come without another byte of input.
  private var mayHoldMore = false

  init(_ file: OpenFile) throws {
    input = PackedInput(file)
    guard let context = unsafe ZSTD_createDCtx() else {
      throw input.error(.tooLarge, "libzstd cannot start: no memory")
    }
    unsafe self.context = unsafe context
    unsafe ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, Self.windowLogLimit)
  }

  deinit { unsafe ZSTD_freeDCtx(context) }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    while true {
      if !mayHoldMore, try !input.refill() {
        if isBetweenFrames { return 0 }
        throw input.error(.truncated, "the file ends inside of its zstd stream: it was cut off")
      }
      let count = try unsafe decompress(into: buffer)
      if count > 0 { return count }
    }
  }

  private func decompress(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    let bytes = unsafe input.bytes
    var packed = unsafe ZSTD_inBuffer(src: bytes.baseAddress, size: bytes.count, pos: 0)
    var unpacked = unsafe ZSTD_outBuffer(dst: buffer.baseAddress, size: buffer.count, pos: 0)
    let result = unsafe ZSTD_decompressStream(context, &unpacked, &packed)
    if ZSTD_isError(result) != 0 { throw error(result) }
    let (taken, count) = unsafe (packed.pos, unpacked.pos)
    input.take(taken)
    mayHoldMore = count == buffer.count
    // Without input and output the state has not moved: it says 9 ("a header comes next") between two frames too.
    if taken > 0 || count > 0 { isBetweenFrames = result == 0 }
    return count
  }

  private func error(_ result: Int) -> ArchiveError {
    if ZSTD_getErrorCode(result) == ZSTD_error_frameParameter_windowTooLarge {
      let way = "pack it without --long, or with --long=\(Self.windowLogLimit) at most"
      return input.error(.tooLarge, "the zstd stream needs a window of more than 128 MiB of memory: \(way)")
    }
    let words = unsafe ZSTD_getErrorName(result).map { unsafe String(cString: $0) } ?? "error"
    return input.error(.corrupt, "the zstd stream is damaged here (\(words))")
  }
}
