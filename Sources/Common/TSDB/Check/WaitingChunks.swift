/// Chunks of one window of a segment that wait to be decoded side by side.
///
/// What is found in them must not come behind what is found in later chunks: whoever is about to report something of
/// another chunk has these decoded first.
struct WaitingChunks: Sendable {
  /// More would push the first of them out of the processor's nearest memory.
  private static let most = 256
  /// Fewer are decoded sooner one by one: a step takes as long for one chunk as for all lanes.
  private static let fewest = XORLanes.count / 2

  private struct Place: Sendable {
    let reference: UInt64
    let offset: UInt64
    let dataOffset: UInt64
  }

  private var lanes = XORLanes()
  private var places: [Place] = []
  /// Where their data lies in the window.
  private var ranges: [Range<Int>] = []
  private var summaries: [ChunkSummary?] = []

  /// `nil` where the processor cannot decode side by side.
  init?() { if !XORLanes.exist { return nil } }

  var areMany: Bool { ranges.count >= Self.most }

  /// Has a chunk wait.
  /// - Parameter start: where the window begins in the file.
  /// - Returns: `false` if it is not one that can: of another encoding, or begun in an earlier window.
  mutating func take(_ chunk: borrowing SegmentChunk, _ reference: UInt64, windowStart start: UInt64) -> Bool {
    guard chunk.encoding == .xor, chunk.offset >= start else { return false }
    let place = Int(truncatingIfNeeded: chunk.dataOffset &- start)
    ranges.append(place..<place + chunk.data.byteCount)
    places.append(Place(reference: reference, offset: chunk.offset, dataOffset: chunk.dataOffset))
    return true
  }

  /// Decodes those that wait.
  /// - Parameter faults: gets what is wrong with them, in their order.
  mutating func decode(
    in window: RawSpan, of file: String, _ samples: inout SegmentSamples?, _ faults: inout FaultList
  ) {
    if ranges.count >= Self.fewest {
      lanes.summarize(ranges, in: window, &summaries)
    } else {
      summaries.removeAll(keepingCapacity: true)
    }
    for number in places.indices {
      let decoded = summary(number, window)
      let place = places[number]
      let fault = samples?.add(
        decoded, place.reference, offset: place.offset, dataOffset: place.dataOffset, in: file)
      if let fault { faults.append(fault.about(place.reference)) }
    }
    places.removeAll(keepingCapacity: true)
    ranges.removeAll(keepingCapacity: true)
  }

  private func summary(_ number: Int, _ window: RawSpan) -> Result<ChunkSummary, Fault> {
    if number < summaries.count, let known = summaries[number] { return .success(known) }
    return Result { () throws(Fault) in try XORDecoder.summary(of: window.extracting(ranges[number])) }
  }
}
