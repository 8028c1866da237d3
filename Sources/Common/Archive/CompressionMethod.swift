internal import CZlib
internal import CZstd

/// A way to make bytes smaller, to measure by how much it does.
public enum CompressionMethod: Equatable, Sendable, CustomStringConvertible {
  /// RFC 1952, with zlib's levels 1…9.
  case gzip(level: Int32)
  /// RFC 8878, with libzstd's levels 1…19.
  case zstd(level: Int32)

  /// The library gave up, as it does without memory.
  public struct Failure: Error, CustomStringConvertible {
    public let description: String
  }

  public var name: String {
    switch self {
    case .gzip: "gzip"
    case .zstd: "zstd"
    }
  }

  public var level: Int32 {
    switch self {
    case .gzip(let level), .zstd(let level): level
    }
  }

  public var description: String { "\(name) -\(level)" }

  /// What bytes become, in bytes.
  /// - Throws: `Failure`.
  public func size(of bytes: [UInt8]) throws(Failure) -> Int {
    switch self {
    case .gzip(let level): try Self.gzipSize(of: bytes, level)
    case .zstd(let level): try Self.zstdSize(of: bytes, level)
    }
  }

  private static func gzipSize(of bytes: [UInt8], _ level: Int32) throws(Failure) -> Int {
    var stream = unsafe z_stream()
    let size = unsafe Int32(MemoryLayout<z_stream>.size)
    // 16 more than the window's 15 bits ask for gzip's header.
    guard unsafe deflateInit2_(&stream, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, size) == Z_OK
    else { throw Failure(description: "zlib cannot start: no memory") }
    defer { unsafe deflateEnd(&stream) }
    var (bytes, room) = (bytes, [UInt8](repeating: 0, count: 64 << 10))
    var (count, status) = (0, Z_OK)
    unsafe bytes.withUnsafeMutableBufferPointer { source in
      unsafe room.withUnsafeMutableBufferPointer { target in
        unsafe stream.next_in = source.baseAddress
        unsafe stream.avail_in = UInt32(clamping: source.count)
        repeat {
          unsafe stream.next_out = target.baseAddress
          unsafe stream.avail_out = UInt32(target.count)
          status = unsafe deflate(&stream, Z_FINISH)
          count += target.count - Int(unsafe stream.avail_out)
        } while status == Z_OK
      }
    }
    guard status == Z_STREAM_END else { throw Failure(description: "zlib gave up with status \(status)") }
    return count
  }

  private static func zstdSize(of bytes: [UInt8], _ level: Int32) throws(Failure) -> Int {
    var room = [UInt8](repeating: 0, count: ZSTD_compressBound(bytes.count))
    let count = unsafe bytes.withUnsafeBytes { source in
      unsafe room.withUnsafeMutableBytes { target in
        unsafe ZSTD_compress(target.baseAddress, target.count, source.baseAddress, source.count, level)
      }
    }
    guard ZSTD_isError(count) == 0 else { throw Failure(description: "libzstd gave up: no memory") }
    return count
  }
}
