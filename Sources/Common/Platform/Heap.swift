internal import CPlatform

/// What the C library does with memory that is freed.
public enum Heap {
  /// Of a buffer that goes back to the system as soon as it is freed, at least; bytes. Parts of an upload are larger. The
  /// windows in which files are read are smaller: one goes and the next one comes, and the system would clear each.
  private static let largeBuffer: Int32 = 4 << 20
  /// Of freed smaller buffers, at most; bytes.
  private static let kept: Int32 = 16 << 20

  /// Has large buffers go back to the system as soon as they are freed: to be called before there is a second thread.
  ///
  /// Otherwise glibc takes the size of the first ones for usual and keeps those that are freed, in a heap for each thread:
  /// a copy by parts would hold up to twice the memory that it uses.
  public static func returnLargeBuffers() { blockhaul_return_large_buffers(largeBuffer, kept) }
}
