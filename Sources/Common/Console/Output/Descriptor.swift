import Glibc
internal import Platform

/// An open file of the process by its number: its terminal, if it is one, and whole writes to it.
struct Descriptor: Sendable {
  static let output = Descriptor(number: STDOUT_FILENO, name: "standard output")
  static let error = Descriptor(number: STDERR_FILENO, name: "standard error")

  /// Opens what the caller has closed (`>&-`) of standard input, output and error. Otherwise the next file to be opened, a
  /// block's perhaps, would get that number, and the report would be written into it. Writing to such an output is an error.
  static func occupyStandardNumbers() {
    for number in STDIN_FILENO...STDERR_FILENO where fcntl(number, F_GETFD) == -1 && errno == EBADF {
      // The lowest free number is taken, which is this one.
      _ = unsafe open("/dev/null", number == STDERR_FILENO ? O_WRONLY : O_RDONLY)
    }
  }

  let number: Int32
  /// As errors call it.
  let name: String

  /// Writes all bytes, in one call unless the system takes fewer. Blocks.
  func write(_ bytes: [UInt8]) throws(FileError) {
    var done = 0
    while done < bytes.count {
      let count = unsafe bytes.withUnsafeBytes { unsafe Glibc.write(number, $0.baseAddress.map { unsafe $0 + done }, $0.count - done) }
      if count >= 0 {
        done += count
      } else if errno == EAGAIN {
        // A parent has left the pipe or terminal in non-blocking mode: wait until it takes more.
        var state = pollfd(fd: number, events: Int16(POLLOUT), revents: 0)
        unsafe poll(&state, 1, -1)
      } else if errno != EINTR {
        throw FileError(action: "write", path: name, number: errno)
      }
    }
  }

  /// Whether it is a terminal that understands being redrawn.
  var isTerminal: Bool {
    guard isatty(number) == 1 else { return false }
    guard let kind = unsafe getenv("TERM") else { return false }
    return unsafe strcmp(kind, "dumb") != 0
  }

  /// The columns of the terminal, 80 where it does not say.
  var columns: Int {
    var size = winsize()
    let result = unsafe withUnsafeMutablePointer(to: &size) { unsafe ioctl(number, UInt(TIOCGWINSZ), $0) }
    return result == 0 && size.ws_col > 0 ? Int(size.ws_col) : 80
  }
}
