// The index of a block, and its tombstones.

extension Explanation {
  static let indexChecksum = Explanation(
    summary: "a section of the index does not have its CRC-32C",
    meaning: """
      The bytes of a section (symbols, series, postings, a table) are not those that were written. Queries for the \
      block fail or miss series, and the compactor halts at it.
      """,
    causes: damagedOnTheWay, remedy: replaceEither)

  static let indexMalformed = Explanation(
    summary: "the index breaks its format",
    meaning: """
      A length, a reference or a table leads where nothing is, or the file ends too soon. From there on nothing of the \
      section can be read.
      """,
    causes: "A file that was cut off, or damage in a length; \(writerAtFault)", remedy: replaceEither)

  static let indexPadding = Explanation(
    summary: "bytes between the entries of the index are not zero, or belong to nothing",
    meaning: """
      Sections and series are aligned, and the room before them is filled with zeros that no CRC covers. Here \
      something else stands there. No reader looks at it, so the data is not concerned, but the file is not what was \
      written.
      """,
    causes: damagedOnTheWay,
    remedy: """
      Take it as a sign of a disk or a memory that changes bits, and check the others:

          verify --objstore.config-file BUCKET --level full

      \(repairOrReplace)
      """)

  static let symbolsUnsorted = Explanation(
    summary: "the symbols of the index are not sorted, or not unique",
    meaning: """
      Readers look names and values up by halving the table. Some are not found in this one, and their series are \
      missed.
      """,
    causes: writerAtFault, remedy: rewrite)

  static let seriesUnsorted = Explanation(
    summary: "the series of the index are not sorted by their labels",
    meaning: """
      Queries merge blocks in the order of their series. Where that is broken, series come twice or are lost, and the \
      compactor halts with "out-of-order series".
      """,
    causes: writerAtFault, remedy: rewrite)

  static let duplicateSeries = Explanation(
    summary: "the index has the same series twice",
    meaning: "Two entries with the same labels. Queries show the data of one of them or fail, and the compactor halts.",
    causes: "\(writerAtFault) Relabelling that dropped the one label in which two series differed is a frequent case.",
    remedy: rewrite)

  static let labelsUnsorted = Explanation(
    summary: "the labels of a series are not sorted, or one comes twice",
    meaning: """
      Labels of a series stand in the order of their names. Where they do not, the same series looks like another one \
      in other blocks, and the compactor halts with "out-of-order label set".
      """,
    causes: """
      \(writerAtFault) Old Prometheis and remote-write receivers that did not sort what they were sent did this.
      """,
    remedy: rewrite)

  static let emptyLabel = Explanation(
    summary: "a series has a label without a name or a value",
    meaning: """
      To PromQL an empty value is the same as no label, so this series cannot be told from one without it, and is \
      compacted and found by other rules.
      """,
    causes: writerAtFault, remedy: rewrite)

  static let postingsUnsorted = Explanation(
    summary: "a list of the index's series is not in ascending order",
    meaning: "Queries intersect these lists in order. Out of order, series are missed without an error.",
    causes: writerAtFault, remedy: rewrite)

  static let postingsIncomplete = Explanation(
    summary: "a list of the index lacks a series with its label, or has another",
    meaning: """
      A query by that label does not find the series, or finds one that it should not, without an error. The data \
      itself is there.
      """,
    causes: writerAtFault, remedy: rewrite)

  static let postingsDangling = Explanation(
    summary: "a list of the index points at a place where no series is",
    meaning: "Queries by that label fail, or read what lies there as if it were a series.",
    causes: writerAtFault, remedy: rewrite)

  static let postingsUnproved = Explanation(
    summary: "the index has more labels than could be held against its lists",
    meaning: """
      Whether each list has all of its series is checked in bounded memory, and this index went past the bound. \
      Nothing was found to be wrong; this one thing was not looked at.
      """,
    causes: "A block with many millions of different label values.",
    remedy: "Nothing needs to be done. The series themselves and the order of the lists were all checked.")

  static let offsetTable = Explanation(
    summary: "a table of the index does not agree with what it points at",
    meaning: """
      The tables say where the list of each label's value begins. Here an entry is missing, comes twice, is out of \
      order, or leads to another list.
      """,
    causes: writerAtFault, remedy: rewrite)

  static let countMismatch = Explanation(
    summary: "index, segments and meta.json do not count the same",
    meaning: """
      The number of series, chunks or samples in meta.json, in the index and in the segments differ. Something is \
      missing or belongs to another block.
      """,
    causes: """
      A file of another block in the place of this one's; a segment that is missing or cut off; a meta.json that was \
      written by hand or by a tool that does not count.
      """,
    remedy: """
      The other findings of the block usually say which it is. If there are none, and --level full finds none, the \
      data is whole and the numbers in meta.json are wrong; Thanos shows them and goes by them for sizes only.

          verify --objstore.config-file BUCKET --id ULID --level full
      """)

  static let tombstonesMalformed = Explanation(
    summary: "the tombstones file is damaged",
    meaning: """
      Tombstones say which samples were deleted. Prometheus does not load the block with a damaged file. Thanos does \
      not use it.
      """,
    causes: damagedOnTheWay,
    remedy: """
      A block needs none: with Prometheus stopped, move the file away. What was deleted by it comes back then, as far \
      as no compaction has carried it out; delete the series again.
      """)

  static let tombstoneRange = Explanation(
    summary: "a tombstone ends before it begins",
    meaning: "It deletes nothing, whatever it was meant to delete. The block itself is not concerned.",
    causes: writerAtFault,
    remedy: "See whether something that should have been deleted is still there, and delete it again.")

  static let tombstoneDangling = Explanation(
    summary: "a tombstone is about a series that the block does not have",
    meaning: "It deletes nothing. The block itself is not concerned.",
    causes: "The tombstones of another block, or an index that was written anew without them.",
    remedy: """
      If something should have been deleted, see whether it is gone, and delete it again. Otherwise nothing needs to \
      be done.
      """)
  static let lostDeletions = Explanation(
    summary: "there are no tombstones, so what was deleted is shown again",
    meaning: """
      A deletion takes no sample away: it writes into the file tombstones what is not to be shown any more. Without \
      the file everything is shown again. Where the local block has the file, the finding names each series and the \
      time that comes back. Thanos knows no tombstones, and none of its components uploads them.
      """,
    causes: """
      The block was uploaded, by a sidecar or otherwise, before its tombstones were made effective; or a copy of the \
      block left the file behind.
      """,
    remedy: """
      Have Prometheus write the block anew without the deleted samples, before it is sent (POST \
      /api/v1/admin/tsdb/clean_tombstones, which needs --web.enable-admin-api). It gets a new ULID, and the old one \
      has to be deleted from the bucket:

          backfill --tsdb.path DATA --objstore.config-file BUCKET --label 'cluster="eu1"' --dry-run
          thanos tools bucket mark --objstore.config-file BUCKET --id ULID --marker deletion-mark.json --details "deletions"

      Or delete the same series in the bucket:

          thanos tools bucket rewrite --objstore.config-file BUCKET --id ULID --rewrite.to-delete-config CONFIG --no-dry-run

      If the deletion was no matter of privacy and the samples may be seen, nothing needs to be done.
      """)
}
