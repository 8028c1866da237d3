extension Finding.ID {
  /// What `verify explain` says. A new kind does not compile until it has a line here and a text in Explanations.
  var explanation: Explanation {
    switch self {
    case .partialUpload: .partialUpload
    case .metaUnreadable: .metaUnreadable
    case .metaMismatch: .metaMismatch
    case .missingFile: .missingFile
    case .missingBlock: .missingBlock
    case .markedForDeletion: .markedForDeletion
    case .noBlocks: .noBlocks
    case .missingObject: .missingObject
    case .strayObject: .strayObject
    case .sizeMismatch: .sizeMismatch
    case .contentMismatch: .contentMismatch
    case .hashMismatch: .hashMismatch
    case .compactedAway: .compactedAway
    case .indexChecksum: .indexChecksum
    case .indexMalformed: .indexMalformed
    case .chunkChecksum: .chunkChecksum
    case .segmentMalformed: .segmentMalformed
    case .chunkMalformed: .chunkMalformed
    case .chunkTimes: .chunkTimes
    case .chunkMissing: .chunkMissing
    case .countMismatch: .countMismatch
    case .unknownEncoding: .unknownEncoding
    case .tombstonesMalformed: .tombstonesMalformed
    case .unreadable: .unreadable
    case .metaImplausible: .metaImplausible
    case .unproved: .unproved
    case .noExternalLabels: .noExternalLabels
    case .orphanMarker: .orphanMarker
    case .overlappingBlocks: .overlappingBlocks
    case .duplicateCompaction: .duplicateCompaction
    case .timeGap: .timeGap
    case .missingDownsample: .missingDownsample
    }
  }
}
