internal import CZlib
internal import CZstd
import Glibc

/// How a test's archive is packed.
public enum Packing: CaseIterable, Sendable {
  case plain, gzip, zstd

  public var suffix: String {
    switch self {
    case .plain: ".tar"
    case .gzip: ".tar.gz"
    case .zstd: ".tar.zst"
    }
  }

  /// Packs bytes as one gzip member or one zstd frame with a checksum.
  public func pack(_ bytes: [UInt8]) -> [UInt8] {
    switch self {
    case .plain: bytes
    case .gzip: Self.gzipped(bytes)
    case .zstd: Self.zstandard(bytes)
    }
  }

  private static func gzipped(_ bytes: [UInt8]) -> [UInt8] {
    var stream = unsafe z_stream()
    let size = unsafe Int32(MemoryLayout<z_stream>.size)
    unsafe deflateInit2_(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, size)
    defer { unsafe deflateEnd(&stream) }
    let room = bytes.count + bytes.count / 100 + 1024
    var bytes = bytes
    return unsafe bytes.withUnsafeMutableBufferPointer { source in
      unsafe [UInt8](unsafeUninitializedCapacity: room) { target, count in
        unsafe stream.next_in = source.baseAddress
        unsafe stream.avail_in = UInt32(source.count)
        unsafe stream.next_out = target.baseAddress
        unsafe stream.avail_out = UInt32(room)
        unsafe deflate(&stream, Z_FINISH)
        count = room - Int(unsafe stream.avail_out)
      }
    }
  }

  private static func zstandard(_ bytes: [UInt8]) -> [UInt8] {
    let context = unsafe ZSTD_createCCtx()
    defer { unsafe ZSTD_freeCCtx(context) }
    unsafe ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1)
    let room = ZSTD_compressBound(bytes.count)
    return unsafe [UInt8](unsafeUninitializedCapacity: room) { target, count in
      unsafe bytes.withUnsafeBytes { source in
        count = unsafe ZSTD_compress2(context, target.baseAddress, room, source.baseAddress, source.count)
      }
    }
  }
}

/// Runs a line of `sh`, for the real `tar` and `gzip`.
public func shell(_ line: String) throws {
  let status = unsafe system(line)
  guard status == 0 else { throw ShellFailure(description: "status \(status): \(line)") }
}

struct ShellFailure: Error, CustomStringConvertible {
  let description: String
}
