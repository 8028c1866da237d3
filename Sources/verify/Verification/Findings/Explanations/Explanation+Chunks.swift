// Chunks, and the segments that they lie in.

extension Explanation {
  static let chunkChecksum = Explanation(
    summary: "a chunk does not have its CRC-32C",
    meaning: """
      Its bytes are not those that were written, so its samples (usually 120 of one series) cannot be trusted. Queries \
      for them fail, or show wrong values without a word, since not everything that reads chunks looks at the CRC; \
      thanos tools bucket verify does not either (thanos#4881).
      """,
    causes: damagedOnTheWay, remedy: replaceEither)

  static let segmentMalformed = Explanation(
    summary: "a segment breaks its format, and cannot be read from there on",
    meaning: """
      A file of chunks has a wrong beginning, a length that leads past its end, or ends in the middle of a chunk. \
      Chunks behind that place may be whole and cannot be told.
      """,
    causes: "A file that was cut off: a full disk, a copy or upload that was broken off. Or damage in a length.",
    remedy: replaceEither)

  static let chunkMalformed = Explanation(
    summary: "a chunk has its CRC-32C, and its samples cannot be decoded",
    meaning: """
      The samples end too soon, or go back in time. The bytes are those that the writer wrote: it wrote them wrongly.
      """,
    causes: writerAtFault,
    remedy: """
      The original is very likely the same; look at it, and at a replica's block of the same time:

          verify --tsdb.path DATA --id ULID --level full

      \(repairOrReplace)
      """)

  static let chunkTimes = Explanation(
    summary: "a chunk begins or ends at another time than the index says",
    meaning: """
      Queries choose chunks by the times in the index, so samples outside of them are not found, or are looked for \
      where there are none.
      """,
    causes: writerAtFault, remedy: rewrite)

  static let chunkMissing = Explanation(
    summary: "the index names a chunk where no segment has one",
    meaning: """
      A query for that series and time fails. The chunk is lost, or the segment is not the one that the index was made \
      for.
      """,
    causes: "A segment that is missing, cut off, of another block, or in another order than the index counts them in.",
    remedy: replaceEither)

  static let unreferencedChunk = Explanation(
    summary: "a segment has a chunk that the index does not name",
    meaning: """
      Nobody can find its data by a query. It is waste, or it is what a series has lost: then chunk-missing or \
      count-mismatch is found as well.
      """,
    causes: "A crash during a compaction, or a segment of another block.",
    remedy: """
      If nothing else is found in the block, only room is lost, and the next compaction drops it. Otherwise:

      \(replaceEither)
      """)

  static let unknownEncoding = Explanation(
    summary: "a chunk is in an encoding that this program does not know",
    meaning: "Its CRC-32C is right, so the bytes are those that were written. What they mean was not checked.",
    causes: "A Prometheus or Thanos that is newer than this program.",
    remedy: """
      Check the block with a newer version of this program. See also that every Thanos component knows the encoding.
      """)

  static let chunkRange = Explanation(
    summary: "the index says of a chunk that it ends before it begins",
    meaning: "Queries choose chunks by these times. This one is never chosen, or always, and the compactor halts.",
    causes: writerAtFault, remedy: rewrite)

  static let chunkReferencesUnordered = Explanation(
    summary: "the chunks do not lie in the order of their series",
    meaning: """
      Every writer that is known lays chunks down in the order of the series. These lie otherwise, which is no damage; \
      queries are slower, and verify needs a second look at them.
      """,
    causes: "A tool that put the block together from parts of others.",
    remedy: "Nothing needs to be done. The next compaction writes them in order.")

  static let outOfOrderChunk = Explanation(
    summary: "the chunks of a series are not in the order of their times",
    meaning: """
      Queries and compaction read a series' chunks from the first to the last and take their order for that of time. \
      Samples are missed, and the compactor halts with "out-of-order chunks".
      """,
    causes: "An old Prometheus, or a tool that merged blocks without sorting their chunks.",
    remedy: rewrite)

  static let chunkOverlap = Explanation(
    summary: "two chunks of a series share time",
    meaning: """
      For part of the time there are two truths. Prometheus and Thanos merge them when queried, at a price; an older \
      compactor halts.
      """,
    causes: """
      Out-of-order ingestion, or blocks that were merged vertically, by a version that did not cut the chunks anew.
      """,
    remedy: """
      If the chunks agree (duplicate-chunk) nothing is lost. Thanos writes them anew when it compacts the block with \
      vertical compaction (--compact.enable-vertical-compaction), or by hand.

      \(rewrite)
      """)

  static let duplicateChunk = Explanation(
    summary: "a series has the same chunk twice",
    meaning: """
      Same time range, same bytes. Queries are right and a little slower. Chunks with the same range and other bytes \
      are chunk-overlap.
      """,
    causes: "Blocks of two replicas, or of two uploads, that were compacted together.",
    remedy: "Nothing needs to be done; vertical compaction drops one of the two.")

  static let chunkOutsideBlock = Explanation(
    summary: "a chunk has time outside of the block's",
    meaning: """
      Queries for that time do not look into this block, so its samples are not found, and the compactor halts or \
      loses them.
      """,
    causes: """
      meta.json was edited, or a program cut blocks at the wrong place, as old Prometheis did.
      """,
    remedy: """
      See whether meta.json or the index is wrong: a replica's or the original's meta.json has the time range that was \
      meant.

          verify --tsdb.path DATA --objstore.config-file BUCKET --id ULID

      \(rewrite)
      """)
}
