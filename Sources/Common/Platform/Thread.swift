internal import CPlatform
import Glibc

/// A thread of its own, for a loop that blocks (libcurl's event loop, a blocking pool, waiting for signals).
public enum Thread {
  /// Starts a detached thread.
  /// - Parameter name: shown by debuggers and `top -H`; at most 15 bytes of it are kept.
  /// - Throws: `FileError` when the system has no thread to give.
  public static func start(named name: String, _ body: @escaping @Sendable () -> Void) throws(FileError) {
    let box = unsafe Unmanaged.passRetained(Body(name: name, run: body))
    var thread = pthread_t()
    let result = unsafe pthread_create(&thread, nil, { context in
      guard let context = unsafe context else { return nil }
      let body = unsafe Unmanaged<Body>.fromOpaque(context).takeRetainedValue()
      unsafe blockhaul_name_this_thread(String(body.name.prefix(15)))
      body.run()
      return nil
    }, box.toOpaque())
    guard result == 0 else {
      unsafe box.release()
      throw FileError(action: "start thread", path: name, number: result)
    }
    _ = pthread_detach(thread)
  }

  /// Blocks the calling thread: never in an `async` function.
  static func sleep(for duration: Duration) {
    guard duration > .zero else { return }
    let (seconds, attoseconds) = duration.components
    var time = timespec(tv_sec: Int(seconds), tv_nsec: Int(attoseconds / 1_000_000_000))
    // A signal ends it early, which whoever waits for something finds out by looking.
    unsafe nanosleep(&time, nil)
  }

  private final class Body: Sendable {
    let name: String
    let run: @Sendable () -> Void
    init(name: String, run: @escaping @Sendable () -> Void) {
      self.name = name
      self.run = run
    }
  }
}

/// A counting semaphore for threads that may block. Never wait for it in an `async` function.
@safe public final class Semaphore: @unchecked Sendable {
  // Safe to share: POSIX semaphores are made for it; the pointer itself never changes.
  private let semaphore: UnsafeMutablePointer<sem_t>

  public init(_ value: UInt32 = 0) {
    unsafe semaphore = .allocate(capacity: 1)
    unsafe sem_init(semaphore, 0, value)
  }

  deinit {
    unsafe sem_destroy(semaphore)
    unsafe semaphore.deallocate()
  }

  public func signal() { unsafe sem_post(semaphore) }

  public func wait() {
    while unsafe sem_wait(semaphore) != 0 && errno == EINTR {}
  }
}
