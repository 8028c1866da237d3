internal import CPlatform
import Glibc
import Synchronization

/// A program that could not be run to its good end.
public struct ProgramError: Error, Equatable, Sendable, CustomStringConvertible {
  public let program: String
  public let reason: String

  public var description: String { "\(program) \(reason)" }
}

/// Runs a program for what it prints.
public enum ProgramOutput {
  /// Runs a program to its end, without a shell and with this process' environment. Its standard input is empty and what
  /// it says on standard error is dropped. Blocks.
  ///
  /// - Parameters:
  ///   - words: the program, looked for in `PATH` where it has no slash, and its arguments.
  ///   - timeLimit: after which it is ended, with what it has started.
  ///   - limit: bytes that it may print.
  /// - Throws: `ProgramError` where it cannot be started, fails, prints too much or takes too long.
  public static func read(
    _ words: [String], timeLimit: Duration, limit: Int = 1 << 20
  ) throws(ProgramError) -> [UInt8] {
    guard let program = words.first, !program.isEmpty, !words.contains(where: { $0.utf8.contains(0) }) else {
      throw ProgramError(program: "\"\"", reason: "is no program")
    }
    let (output, process) = try start(words, program)
    defer { close(output) }
    let deadline = ContinuousClock.now + timeLimit
    let (printed, status): ([UInt8], Int32)
    do throws(ProgramError) {
      printed = try collect(output, until: deadline, limit: limit, program)
      status = try wait(for: process, until: deadline, program)
    } catch {
      // Its group as well: it may have left the work to others.
      kill(-process, SIGKILL)
      var status: Int32 = 0
      while unsafe waitpid(process, &status, 0) < 0 && errno == EINTR {}
      throw error
    }
    let (signal, code) = (status & 0x7F, status >> 8 & 0xFF)
    if signal != 0 { throw ProgramError(program: program, reason: "was ended by signal \(signal)") }
    if code != 0 { throw ProgramError(program: program, reason: "failed with exit status \(code)") }
    return printed
  }

  /// Held while a pipe is made and handed on, so that no other program inherits an end of it and keeps it open.
  private static let spawning = Mutex(())

  /// - Returns: the end to read from, and the process.
  private static func start(_ words: [String], _ program: String) throws(ProgramError) -> (Int32, pid_t) {
    let (end, process, number) = spawning.withLock { _ -> (Int32, pid_t, Int32) in
      var ends: [Int32] = [-1, -1]
      guard unsafe pipe(&ends) == 0 else { return (-1, 0, errno) }
      for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
      let (process, number) = start(words, output: ends[1])
      close(ends[1])
      if number != 0 { close(ends[0]) }
      return (ends[0], process, number)
    }
    guard number == 0 else {
      throw ProgramError(program: program, reason: "cannot be started: \(unsafe String(cString: strerror(number)))")
    }
    return (end, process)
  }

  /// - Returns: the error's number, 0 for none.
  private static func start(_ words: [String], output: Int32) -> (process: pid_t, number: Int32) {
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    unsafe posix_spawn_file_actions_adddup2(&actions, output, 1)
    unsafe posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
    var attributes = posix_spawnattr_t()
    unsafe posix_spawnattr_init(&attributes)
    defer { unsafe posix_spawnattr_destroy(&attributes) }
    // What this process ignores or holds back is none of the program's business.
    var none = sigset_t()
    unsafe sigemptyset(&none)
    unsafe posix_spawnattr_setsigmask(&attributes, &none)
    var usual = sigset_t()
    unsafe sigemptyset(&usual)
    for signal in [SIGPIPE, SIGINT, SIGTERM, SIGHUP] { unsafe sigaddset(&usual, signal) }
    unsafe posix_spawnattr_setsigdefault(&attributes, &usual)
    let flags = Int32(POSIX_SPAWN_SETPGROUP) | Int32(POSIX_SPAWN_SETSIGMASK) | Int32(POSIX_SPAWN_SETSIGDEF)
    unsafe posix_spawnattr_setflags(&attributes, Int16(flags))
    var arguments: [UnsafeMutablePointer<CChar>?] = unsafe words.map { unsafe strdup($0) } + [nil]
    defer { for unsafe argument in unsafe arguments { unsafe free(argument) } }
    var process = pid_t()
    let number = unsafe posix_spawnp(&process, words[0], &actions, &attributes, &arguments, environ)
    return (process, number)
  }

  private static func collect(
    _ descriptor: Int32, until deadline: ContinuousClock.Instant, limit: Int, _ program: String
  ) throws(ProgramError) -> [UInt8] {
    var output: [UInt8] = []
    var window = [UInt8](repeating: 0, count: 16 << 10)
    while true {
      let left = (deadline - .now) / .milliseconds(1)
      guard left > 0 else { throw ProgramError(program: program, reason: "takes too long") }
      var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      guard unsafe poll(&waiting, 1, Int32(min(left + 1, 1e6))) > 0 else { continue }
      let count = unsafe Glibc.read(descriptor, &window, window.count)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return output }
      output += window[..<count]
      guard output.count <= limit else {
        throw ProgramError(program: program, reason: "prints more than \(limit) bytes")
      }
    }
  }

  /// - Returns: the status as `waitpid` gives it.
  private static func wait(
    for process: pid_t, until deadline: ContinuousClock.Instant, _ program: String
  ) throws(ProgramError) -> Int32 {
    var status: Int32 = 0
    while true {
      let ended = unsafe waitpid(process, &status, WNOHANG)
      guard ended == 0 || ended < 0 && errno == EINTR else { return status }
      guard ContinuousClock.now < deadline else { throw ProgramError(program: program, reason: "takes too long") }
      usleep(2000)
    }
  }
}
