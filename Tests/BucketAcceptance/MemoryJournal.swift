public import ObjectStore

/// A journal that forgets everything with the process.
public actor MemoryJournal: UploadJournal {
  private var upload: UnfinishedUpload?
  /// What was called, in order.
  public private(set) var calls: [String] = []

  public init(_ upload: UnfinishedUpload? = nil) { self.upload = upload }

  public func unfinished() -> UnfinishedUpload? { upload }

  public func begin(partSize: UInt64) {
    calls.append("begin")
    upload = UnfinishedUpload(id: nil, begun: 1_700_000_000_000, partSize: partSize, parts: [])
  }

  public func began(id: String, isChecksummed: Bool) {
    calls.append("began")
    upload?.id = id
    upload?.isChecksummed = isChecksummed
  }

  public func took(_ part: UploadedPart) {
    calls.append("took")
    upload?.parts.removeAll { $0.number == part.number }
    upload?.parts.append(part)
  }

  public func end() {
    calls.append("end")
    upload = nil
  }
}
