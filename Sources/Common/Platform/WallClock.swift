// libcurl's header brings the time structures along, and which module they then belong to depends on the build's order.
internal import CPlatform
import Glibc

/// The time of day, as upload times and logs show it.
public enum WallClock {
  /// Milliseconds since 1970.
  public static var milliseconds: Int64 {
    var time = timespec()
    unsafe clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) &* 1000 &+ Int64(time.tv_nsec / 1_000_000)
  }
}
