import Glibc

/// Starts processes. Foundation's `Process` waits for a socket that any other child may have inherited, and then for ever.
enum Spawn {
  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  /// - Parameters:
  ///   - words: the program's path and its arguments.
  ///   - streams: descriptors for standard input, output and error; `nil` for `/dev/null`.
  ///   - environment: added to the one of this process.
  ///   - ownGroup: so that an interrupt from the keyboard does not reach it.
  static func process(
    _ words: [String], streams: [Int32?], environment: [String: String] = [:], ownGroup: Bool = false
  ) throws -> pid_t {
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    for (number, stream) in streams.enumerated() {
      if let stream {
        unsafe posix_spawn_file_actions_adddup2(&actions, stream, Int32(number))
      } else {
        unsafe posix_spawn_file_actions_addopen(&actions, Int32(number), "/dev/null", number == 0 ? O_RDONLY : O_WRONLY, 0)
      }
    }
    var attributes = posix_spawnattr_t()
    unsafe posix_spawnattr_init(&attributes)
    defer { unsafe posix_spawnattr_destroy(&attributes) }
    if ownGroup { unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP)) }

    var arguments: [UnsafeMutablePointer<CChar>?] = unsafe words.map { unsafe strdup($0) } + [nil]
    var variables: [UnsafeMutablePointer<CChar>?] = unsafe merged(environment).map { unsafe strdup($0) } + [nil]
    defer { for unsafe pointer in unsafe arguments + variables { unsafe free(pointer) } }
    var process = pid_t()
    let result = unsafe posix_spawn(&process, words[0], &actions, &attributes, &arguments, &variables)
    guard result == 0 else { throw Failure(description: "cannot start \(words[0]): error \(result)") }
    return process
  }

  /// Waits for the end of a process. Blocks.
  /// - Returns: its exit status, or the negative number of the signal that ended it.
  static func wait(for process: pid_t) -> Int32 {
    var status: Int32 = 0
    while unsafe waitpid(process, &status, 0) < 0 && errno == EINTR {}
    let signal = status & 0x7F
    return signal == 0 ? status >> 8 & 0xFF : -signal
  }

  /// Waits for the end of a process, and looks meanwhile at how much memory it has in use. Blocks.
  ///
  /// What `wait4` says of that is of no use: the kernel counts the parent's memory in, which the child has until it
  /// becomes the program.
  /// - Returns: its exit status as of `wait`, and the peak in bytes as of some milliseconds before its end.
  static func waitWatchingMemory(of process: pid_t) -> (status: Int32, peak: UInt64) {
    var (status, peak): (Int32, UInt64) = (0, 0)
    while unsafe waitpid(process, &status, WNOHANG) == 0 {
      peak = max(peak, residentPeak(of: process))
      usleep(3000)
    }
    let signal = status & 0x7F
    return (signal == 0 ? status >> 8 & 0xFF : -signal, peak)
  }

  private static func residentPeak(of process: pid_t) -> UInt64 {
    let descriptor = unsafe open("/proc/\(process)/status", O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return 0 }
    defer { close(descriptor) }
    var buffer = [UInt8](repeating: 0, count: 8192)
    let count = unsafe read(descriptor, &buffer, buffer.count)
    let lines = String(decoding: buffer.prefix(max(0, count)), as: UTF8.self).split(separator: "\n")
    let words = lines.first { $0.hasPrefix("VmHWM:") }?.split { $0 == " " || $0 == "\t" } ?? []
    return words.count == 3 ? (UInt64(words[1]) ?? 0) << 10 : 0
  }

  /// A pipe that no child inherits by itself.
  static func pipe() throws -> (reader: Int32, writer: Int32) {
    var ends: [Int32] = [0, 0]
    guard unsafe Glibc.pipe(&ends) == 0 else { throw Failure(description: "no pipe") }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    return (ends[0], ends[1])
  }

  private static func merged(_ added: [String: String]) -> [String] {
    var variables: [String] = []
    var entry = unsafe environ
    while let text = unsafe entry.pointee {
      let variable = unsafe String(cString: text)
      if !added.keys.contains(where: { variable.hasPrefix("\($0)=") }) { variables.append(variable) }
      unsafe entry += 1
    }
    return variables + added.map { "\($0.key)=\($0.value)" }
  }
}
