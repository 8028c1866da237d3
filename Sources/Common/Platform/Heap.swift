internal import CPlatform

/// What the C library does with memory that is freed.
public enum Heap {
  /// Of a buffer that goes back to the system as soon as it is freed, at least; bytes. Parts and windows of files are
  /// larger, and not so many that asking the system for each would show.
  private static let largeBuffer = 1 << 20
  private static let arenas: Int32 = 4

  /// Has large buffers go back to the system as soon as they are freed: to be called before there is a second thread.
  ///
  /// Otherwise glibc takes the size of the first ones for usual and keeps those that are freed, in a heap for each thread:
  /// a copy by parts would hold more than twice the memory that it uses.
  public static func returnLargeBuffers() { blockhaul_return_large_buffers(largeBuffer, arenas) }
}
