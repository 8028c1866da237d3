internal import CCurl
internal import CZlib
internal import CZstd

/// The version of the programs, and of the libraries that this process runs with (not those it was built with).
public enum Version {
  public static let number = "0.1.0"

  /// What `--version` prints: `0.1.0 (libcurl 7.88.1, zlib 1.2.13, libzstd 1.5.4)`.
  public static var text: String {
    // The first age of the structure has the version already, and "now" is a macro that Swift does not see.
    let information = unsafe curl_version_info(CURLVERSION_FIRST)
    let curl = unsafe information.flatMap { unsafe $0.pointee.version.map { unsafe String(cString: $0) } }
    let zlib = unsafe zlibVersion().map { unsafe String(cString: $0) }
    let zstd = unsafe ZSTD_versionString().map { unsafe String(cString: $0) }
    return "\(number) (libcurl \(curl ?? "?"), zlib \(zlib ?? "?"), libzstd \(zstd ?? "?"))"
  }
}
