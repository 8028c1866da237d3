import Glibc

/// SIGINT and SIGTERM as a call on a thread of its own, where anything is allowed, instead of a signal handler.
public enum Interruption {
  /// Blocks both signals for the whole process and hands each that arrives to `body`, with its number.
  ///
  /// Call it before the first other thread is started: threads inherit which signals are blocked.
  public static func observe(_ body: @escaping @Sendable (_ signal: Int32) -> Void) throws(FileError) {
    var signals = sigset_t()
    unsafe sigemptyset(&signals)
    unsafe sigaddset(&signals, SIGINT)
    unsafe sigaddset(&signals, SIGTERM)
    unsafe pthread_sigmask(SIG_BLOCK, &signals, nil)
    let observed = signals
    try Thread.start(named: "signals") {
      var number: Int32 = 0
      while true {
        if unsafe withUnsafePointer(to: observed, { unsafe sigwait($0, &number) }) == 0 { body(number) }
      }
    }
    // A closed pipe (`inspect | head`) is an error of write, not the end of the process without a word.
    signal(SIGPIPE, SIG_IGN)
  }
}
