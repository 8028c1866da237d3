internal import CCurl
internal import CPlatform

/// libcurl's multi handle: connections and the transfers on them.
///
/// Every function belongs to the loop's thread, save `wake`.
@safe final class CurlMulti: @unchecked Sendable {
  // Safe to share: the pointer never changes, and the only call made from other threads is `curl_multi_wakeup`, which
  // libcurl documents as safe from any thread while the handle lives; `deinit` runs when nobody holds it any more.
  private let handle: UnsafeMutableRawPointer

  /// Once in the process, before anything else of libcurl.
  private static let initialised: Bool = curl_global_init(Int(CURL_GLOBAL_ALL)) == CURLE_OK

  init() throws(HTTPError) {
    guard Self.initialised, let handle = unsafe curl_multi_init() else {
      throw HTTPError(.noResources, "libcurl cannot be initialised")
    }
    unsafe self.handle = handle
  }

  deinit { unsafe curl_multi_cleanup(handle) }

  /// Ends a `wait` that is under way, or the next one.
  func wake() { unsafe curl_multi_wakeup(handle) }

  func set(_ option: CURLMoption, _ value: Int) { unsafe blockhaul_multi_set_long(handle, option, value) }

  func add(_ easy: CurlEasy) throws(HTTPError) {
    let code = unsafe curl_multi_add_handle(handle, easy.handle)
    guard code == CURLM_OK else {
      throw HTTPError(.noResources, "libcurl: \(unsafe String(cString: curl_multi_strerror(code)))")
    }
  }

  func remove(_ easy: CurlEasy) { unsafe curl_multi_remove_handle(handle, easy.handle) }

  /// Does whatever can be done without waiting. Calls back.
  func perform() {
    var running: Int32 = 0
    unsafe curl_multi_perform(handle, &running)
  }

  /// Waits for something to do, at most `milliseconds`.
  func wait(milliseconds: Int32) { unsafe curl_multi_poll(handle, nil, 0, milliseconds, nil) }

  /// The next transfer that ended: its easy handle's address and the result.
  func nextFinished() -> (easy: UInt, code: CURLcode)? {
    var left: Int32 = 0
    while let message = unsafe curl_multi_info_read(handle, &left) {
      guard unsafe message.pointee.msg == CURLMSG_DONE, let easy = unsafe message.pointee.easy_handle else { continue }
      return unsafe (UInt(bitPattern: easy), message.pointee.data.result)
    }
    return nil
  }
}
