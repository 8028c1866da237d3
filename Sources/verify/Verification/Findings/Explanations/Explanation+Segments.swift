// Segments as a whole, and what their chunks are by meta.json.

extension Explanation {
  static let resolutionMismatch = Explanation(
    summary: "meta.json has another resolution than the chunks",
    meaning: """
      thanos.downsample.resolution decides how a block is read: 0 stands for raw samples, anything else for five \
      aggregates in each chunk. Read as the other one, the chunk makes queries fail, and the compactor would put it \
      together with blocks that it does not belong to.
      """,
    causes: """
      meta.json was edited, was taken from another block, or was made up by a tool that does not know of downsampling.
      """,
    remedy: """
      The chunks are right, the number is not. See which resolution was meant: aggregates of 5 minutes have 300000, \
      those of an hour 3600000; a raw block has 0 or no thanos section. The original's meta.json says so, if there \
      is one:

          verify --tsdb.path DATA --objstore.config-file BUCKET --id ULID --level full

      Put meta.json right by hand. A downsampled block can be deleted as well: the compactor makes it anew from the \
      raw one, as long as that is there.
      """)

  static let emptySegment = Explanation(
    summary: "a segment has a header and no chunk",
    meaning: """
      Every writer that is known begins a segment when it has a chunk to put there. Nothing is lost by this file; it \
      may be what is left of one.
      """,
    causes: "A file that was cut off behind its first 8 bytes; a writer that was stopped; a file made by hand.",
    remedy: """
      If nothing else is found in the block (no chunk-missing, no count-mismatch), nothing needs to be done, and the \
      next compaction drops the file. Do not delete it by hand if there is a segment with a higher number: chunks \
      are found by the place of their segment. Otherwise:

      \(replaceEither)
      """)

  static let segmentPadding = Explanation(
    summary: "the header of a segment has bytes that are not zero where zeros belong",
    meaning: """
      The three bytes behind the version are zero in every segment. No reader looks at them, so queries go on; but \
      they are not what was written, and other bytes of the same file may not be either.
      """,
    causes: damagedOnTheWay,
    remedy: replaceEither)
}
