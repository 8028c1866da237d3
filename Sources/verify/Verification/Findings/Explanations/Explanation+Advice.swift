// What several explanations advise. DATA stands for Prometheus' data folder, BUCKET for the bucket file, ULID for the
// block's name.

extension Explanation {
  /// A block of the bucket is damaged, and the folder it came from may still be there.
  static let repairOrReplace = """
    If the folder that the block came from still has it, have the objects that are missing or differ sent again; the \
    first command shows what would be done:

        verify --tsdb.path DATA --objstore.config-file BUCKET --id ULID --repair --dry-run
        verify --tsdb.path DATA --objstore.config-file BUCKET --id ULID --repair

    Without the original, look for another copy: a replica (another Prometheus with the same targets), a second bucket \
    (backfill copy brings a block from there), an older version of the object if the bucket keeps versions. Check it \
    before you trust it: verify --level full.

    If there is none, take the block out of sight, so that the compactor does not halt on it and queries do not fail:

        thanos tools bucket mark --objstore.config-file BUCKET --id ULID --marker deletion-mark.json --details "damaged"
    """

  /// A local block is damaged.
  static let replaceLocally = """
    If the bucket has the block, see whether it is good there, and bring it back: move the damaged folder out of the \
    data folder first, since nothing in it is ever overwritten.

        verify --objstore.config-file BUCKET --id ULID --level full
        backfill restore --tsdb.path DATA --objstore.config-file BUCKET --id ULID

    Do not send the damaged block anywhere: backfill refuses it with its default --check. Look at the disk, too \
    (dmesg, smartctl -a): where one file went bad others may follow.
    """

  /// The index or a segment is not what a writer meant, on either side.
  static let replaceEither = """
    A block of a bucket:

    \(repairOrReplace)

    A block of a data folder:

    \(replaceLocally)
    """

  /// Whoever wrote the block wrote it like that.
  static let rewrite = """
    Sending it again does not help if the original is the same; see which side has it:

        verify --tsdb.path DATA --id ULID --level index
        verify --objstore.config-file BUCKET --id ULID --level index

    If only the bucket has it, verify --repair sends the original. If both have it, Thanos can write the block anew, \
    which puts series, labels and postings in order again; keep the old one until verify calls the new one good:

        thanos tools bucket rewrite --objstore.config-file BUCKET --id ULID \
    --rewrite.to-delete-config '- matchers: "{none=\\"none\\"}"' --no-dry-run

    If the compactor has halted on the block, keep it from being compacted meanwhile:

        thanos tools bucket mark --objstore.config-file BUCKET --id ULID --marker no-compact-mark.json \
    --details "see verify"
    """

  static let damagedOnTheWay = """
    A disk, a memory or a network that changed a bit on the way; a writer that was stopped half-way; somebody who \
    edited or replaced the file.
    """

  static let writerAtFault = """
    A fault of the program that wrote or compacted the block, or of one that changed it afterwards. If the CRC-32C of \
    the place is right (no finding says otherwise), it was not the disk: the bytes are those that the writer meant.
    """
}
