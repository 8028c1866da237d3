internal import CCurl
internal import CPlatform
import Glibc

/// One transfer's side of libcurl's callbacks. All are called on the loop's thread, from inside `CurlMulti.perform`.
protocol CurlTransferDelegate: AnyObject {
  /// A line of the response's head with its line end; the empty line included.
  func received(headerLine: RawSpan)
  /// Bytes of the body. With `.pause` they are not taken and come again after `CurlEasy.resume`.
  func received(body: RawSpan) -> CurlVerdict
  /// Fills the front of `buffer` with the next bytes of the request's body.
  /// With `.pause` it is asked again after `CurlEasy.resume`.
  func fill(_ buffer: UnsafeMutableRawBufferPointer) -> CurlFilling
  /// Goes back to an offset (bytes) of the request's body since libcurl sends it again.
  func rewind(to offset: Int64) -> Bool
}

enum CurlVerdict { case taken, pause, abort }

/// What came of filling a buffer: a number of bytes, 0 at the end of them; else the transfer stands still, or ends.
enum CurlFilling { case bytes(Int), pause, abort }

/// An easy handle of libcurl: the one place where its options, callbacks and lists are touched.
///
/// Not `Sendable`: it belongs to the thread of its loop. libcurl's context pointer is this object itself, which frees
/// the handle when it goes, so no callback can come later; the transfer behind it is held weakly.
@safe final class CurlEasy {
  let handle: UnsafeMutableRawPointer
  /// Tells handles apart.
  var address: UInt { unsafe UInt(bitPattern: handle) }
  fileprivate weak var delegate: (any CurlTransferDelegate)?
  /// Those opened for the transfer at hand.
  fileprivate var sockets: [Int32] = []
  private var lists: [UnsafeMutablePointer<curl_slist>] = unsafe []
  private let reason: UnsafeMutablePointer<CChar>

  init?() {
    guard let handle = unsafe curl_easy_init() else { return nil }
    unsafe self.handle = handle
    unsafe reason = .allocate(capacity: Int(CURL_ERROR_SIZE))
    unsafe reason.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
  }

  deinit {
    unsafe curl_easy_cleanup(handle)
    freeLists()
    unsafe reason.deallocate()
  }

  /// Back to the state of a fresh handle; open connections are the multi handle's and stay.
  func reset() {
    unsafe curl_easy_reset(handle)
    delegate = nil
    sockets = []
    freeLists()
    unsafe reason[0] = 0
  }

  private func freeLists() {
    while let list = unsafe lists.popLast() { unsafe curl_slist_free_all(list) }
  }

  func set(_ option: CURLoption, _ value: Int) throws(HTTPError) {
    try check(unsafe blockhaul_easy_set_long(handle, option, value), option)
  }

  func set(offset value: Int64, _ option: CURLoption) throws(HTTPError) {
    try check(unsafe blockhaul_easy_set_offset(handle, option, curl_off_t(value)), option)
  }

  /// libcurl copies the text.
  func set(_ option: CURLoption, _ value: String) throws(HTTPError) {
    try check(unsafe blockhaul_easy_set_string(handle, option, value), option)
  }

  /// Takes back an option's value, libcurl's own included.
  func clear(_ option: CURLoption) throws(HTTPError) {
    try check(unsafe blockhaul_easy_set_pointer(handle, option, nil), option)
  }

  /// Sets a list, which is kept until `reset`.
  func set(_ option: CURLoption, _ lines: [String]) throws(HTTPError) {
    var list: UnsafeMutablePointer<curl_slist>?
    for line in lines {
      guard let longer = unsafe curl_slist_append(list, line) else {
        unsafe curl_slist_free_all(list)
        throw HTTPError(.noResources, "libcurl has no memory for the request's fields")
      }
      unsafe list = longer
    }
    guard let list = unsafe list else { return }
    unsafe lists.append(list)
    try check(unsafe blockhaul_easy_set_list(handle, option, list), option)
  }

  private func check(_ code: CURLcode, _ option: CURLoption) throws(HTTPError) {
    guard code == CURLE_OK else {
      throw HTTPError(.other, "libcurl refuses option \(option.rawValue): \(Self.text(code))")
    }
  }

  /// Makes `delegate` the one that callbacks go to.
  func attach(_ delegate: any CurlTransferDelegate) throws(HTTPError) {
    self.delegate = delegate
    let context = unsafe Unmanaged.passUnretained(self).toOpaque()
    try check(
      unsafe blockhaul_easy_set_transfer(handle, CURLOPT_HEADERFUNCTION, onHeader, context), CURLOPT_HEADERFUNCTION)
    try check(unsafe blockhaul_easy_set_transfer(handle, CURLOPT_WRITEFUNCTION, onBody, context), CURLOPT_WRITEFUNCTION)
    try check(unsafe blockhaul_easy_set_transfer(handle, CURLOPT_READFUNCTION, onFill, context), CURLOPT_READFUNCTION)
    try check(unsafe blockhaul_easy_set_seek(handle, onSeek, context), CURLOPT_SEEKFUNCTION)
    try check(unsafe blockhaul_easy_set_sockopt(handle, onSocket, context), CURLOPT_SOCKOPTFUNCTION)
    try check(unsafe blockhaul_easy_set_pointer(handle, CURLOPT_ERRORBUFFER, reason), CURLOPT_ERRORBUFFER)
  }

  /// Lets a paused transfer go on, in both directions. May call back.
  func resume() { unsafe curl_easy_pause(handle, 0) }

  /// Whether one of the transfer's own sockets has reached its peer. libcurl says so only when TLS is up, too.
  var isConnected: Bool {
    sockets.contains { socket in
      var address = sockaddr_storage()
      var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
      return unsafe withUnsafeMutablePointer(to: &address) { pointer in
        unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          unsafe getpeername(socket, $0, &length) == 0
        }
      }
    }
  }

  func information(_ info: CURLINFO) -> Int {
    var value = 0
    return unsafe blockhaul_easy_get_long(handle, info, &value) == CURLE_OK ? value : 0
  }

  /// libcurl's words for how the transfer ended: the long form if it left one.
  func reason(of code: CURLcode) -> String {
    let long = unsafe String(cString: reason)
    return long.isEmpty ? Self.text(code) : long
  }

  static func text(_ code: CURLcode) -> String { unsafe String(cString: curl_easy_strerror(code)) }
}

private func delegate(_ context: UnsafeMutableRawPointer?) -> (any CurlTransferDelegate)? {
  guard let context = unsafe context else { return nil }
  return unsafe Unmanaged<CurlEasy>.fromOpaque(context).takeUnretainedValue().delegate
}

private func onHeader(
  _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
  guard let transfer = unsafe delegate(context) else { return 0 }
  unsafe transfer.received(headerLine: UnsafeRawBufferPointer(start: bytes, count: size &* count).bytes)
  return size &* count
}

private func onBody(
  _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
  guard let transfer = unsafe delegate(context) else { return 0 }
  switch unsafe transfer.received(body: UnsafeRawBufferPointer(start: bytes, count: size &* count).bytes) {
  case .taken: return size &* count
  case .pause: return Int(CURL_WRITEFUNC_PAUSE)
  // Any other number than that of the bytes ends the transfer.
  case .abort: return size &* count == 0 ? 1 : 0
  }
}

private func onFill(
  _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
  guard let transfer = unsafe delegate(context) else { return Int(CURL_READFUNC_ABORT) }
  switch unsafe transfer.fill(UnsafeMutableRawBufferPointer(start: bytes, count: size &* count)) {
  case .bytes(let count): return count
  case .pause: return Int(CURL_READFUNC_PAUSE)
  case .abort: return Int(CURL_READFUNC_ABORT)
  }
}

private func onSeek(_ context: UnsafeMutableRawPointer?, _ offset: curl_off_t, _ origin: Int32) -> Int32 {
  // Only SEEK_SET (0) is used, as libcurl's documentation says.
  guard let transfer = unsafe delegate(context), origin == 0 else { return CURL_SEEKFUNC_FAIL }
  return transfer.rewind(to: Int64(offset)) ? CURL_SEEKFUNC_OK : CURL_SEEKFUNC_FAIL
}

private func onSocket(_ context: UnsafeMutableRawPointer?, _ socket: curl_socket_t, _ purpose: curlsocktype) -> Int32 {
  guard let context = unsafe context else { return 0 }
  unsafe Unmanaged<CurlEasy>.fromOpaque(context).takeUnretainedValue().sockets.append(socket)
  return 0
}
