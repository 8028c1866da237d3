/// The start time stamps that XOR2 and the newer histogram chunks write after each sample
/// (Prometheus' `tsdb/chunkenc/st.go`).
///
/// The header's top bit says that sample 0 has one; its other seven bits name the first sample k after it that has, 0
/// for none. From k on each sample stores how the distance from the time stamp before has changed.
struct StartTimestamps {
  private let isFirstKnown: Bool
  private let firstChange: Int
  private var distance: Int64 = 0

  /// That of the sample read last, milliseconds since 1970; 0 if it is not known.
  private(set) var current: Int64 = 0

  init(header: UInt8) {
    isFirstKnown = header & 0x80 != 0
    firstChange = Int(header & 0x7f)
  }

  /// Whether the chunk has any.
  var isPresent: Bool { isFirstKnown || firstChange > 0 }

  /// Reads what follows sample `index`.
  /// - Parameters:
  ///   - time: the sample's time stamp.
  ///   - before: that of the sample before it.
  @_lifetime(reader: copy reader)
  mutating func next(_ reader: inout BitReader, index: Int, time: Int64, before: Int64) throws(Fault) {
    if index == 0 {
      if isFirstKnown { current = time &- (try reader.readVarint()) }
      return
    }
    guard firstChange > 0, index >= firstChange else { return }
    let difference = reader.readVarbitInt()
    distance = index == firstChange ? difference : distance &+ difference
    current = before &- distance
  }
}
