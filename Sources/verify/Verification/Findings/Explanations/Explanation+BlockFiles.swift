// Files and objects: what is there, what is not, and meta.json.

extension Explanation {
  static let uploadInProgress = Explanation(
    summary: "objects of a block are there, its meta.json is not yet",
    meaning: """
      meta.json is written last, and the newest of the objects is less than 48 hours old: the block is probably still \
      being uploaded. Until meta.json is there Thanos does not show its data.
      """,
    causes: "An upload under way; one that was broken off less than 48 hours ago.",
    remedy: """
      Wait for its end and verify it then. If nothing is uploading, finish it from the folder it came from; only what \
      is missing is sent:

          backfill --tsdb.path DATA --objstore.config-file BUCKET --label 'cluster="eu1"' --id ULID
      """)

  static let partialUpload = Explanation(
    summary: "objects of a block are there, its meta.json is not",
    meaning: """
      meta.json is written last. A block without one is not finished: Thanos does not show its data, and the compactor \
      deletes it when its newest object is older than 48 hours. Where a copy is verified, an upload that may still be \
      under way counts, too: it is no copy yet.
      """,
    causes: """
      An upload that was broken off; a deletion that was broken off; a repair that was broken off, which the message \
      says where it was begun on this machine.
      """,
    remedy: """
      Wait if an upload is running. If a repair was interrupted, the block's meta.json is kept in its --state-dir, and \
      nothing else knows the labels. Go on before anything is cleaned up, and within the 48 hours:

          verify --tsdb.path DATA --objstore.config-file BUCKET --id ULID --repair

      Otherwise finish the upload; only what is missing is sent:

          backfill --tsdb.path DATA --objstore.config-file BUCKET --label 'cluster="eu1"' --id ULID

      If the original and a kept meta.json are gone the rest is of no use. The compactor clears it away; so does:

          thanos tools bucket cleanup --objstore.config-file BUCKET
      """)

  static let metaUnreadable = Explanation(
    summary: "meta.json cannot be read, or says what cannot be",
    meaning: """
      meta.json is empty, no JSON, of a version that nobody knows, of another block, or without what a block must \
      have. Thanos and Prometheus ignore the block or stop at it (thanos#6569, thanos#8253).
      """,
    causes: "A disk that was full, or a machine that went down, while it was written; an edit by hand.",
    remedy: """
      In a bucket, send it again from the folder it came from:

          verify --tsdb.path DATA --objstore.config-file BUCKET --id ULID --repair --dry-run

      In a data folder, bring the block back from the bucket after moving the damaged one away:

          backfill restore --tsdb.path DATA --objstore.config-file BUCKET --id ULID
      """)

  static let metaMismatch = Explanation(
    summary: "the bucket's meta.json contradicts the local one, or itself",
    meaning: """
      The block in the bucket claims another time range, other counts or other sources than the local one, or lists \
      files that lie outside of the block. One of the two is not what it says it is.
      """,
    causes: """
      meta.json was edited or written by another tool; two blocks with one name; thanos tools bucket rewrite or a \
      relabelling tool changed one side.
      """,
    remedy: """
      Compare the two; the message names the key. If the local one is right, send it again:

          verify --tsdb.path DATA --objstore.config-file BUCKET --id ULID --repair --dry-run

      If the data of the two differs as well (content-mismatch), find out which one is meant before anything is \
      overwritten: backfill copy, or a download by hand, saves the bucket's.
      """)

  static let metaImplausible = Explanation(
    summary: "meta.json says what no program is known to write",
    meaning: """
      Single values are possible and do not go together: fewer chunks than series, sources that are listed twice, a \
      level that does not fit the sources. The data may be good all the same.
      """,
    causes: "An edit by hand, or a tool that makes up a meta.json for blocks that have lost theirs.",
    remedy: """
      See whether the data is good, which the counts are compared with:

          verify --objstore.config-file BUCKET --id ULID --level full

      If it is, put meta.json right by hand or send the original's (verify --repair).
      """)

  static let missingFile = Explanation(
    summary: "a file that a local block needs is not there",
    meaning: """
      Without its index, meta.json or one of its segments a block cannot be read. Prometheus does not load it, or \
      answers with errors for its time.
      """,
    causes: """
      A copy of the data folder that was broken off; a file that was deleted by hand; Prometheus was just deleting the \
      block while verify looked (run it again to see).
      """,
    remedy: replaceLocally)

  static let missingBlock = Explanation(
    summary: "a local block is not in the bucket at all",
    meaning: "The folder has a block that the bucket has neither itself nor as part of a compacted one.",
    causes: "It was never sent: too new, left out by a selection, refused; or it was deleted from the bucket.",
    remedy: """
      See why, and send it:

          backfill --tsdb.path DATA --objstore.config-file BUCKET --label 'cluster="eu1"' --id ULID --dry-run
          backfill --tsdb.path DATA --objstore.config-file BUCKET --label 'cluster="eu1"' --id ULID

      Blocks of the last hours are brought by the sidecar, or by backfill --watch.
      """)

  static let missingObject = Explanation(
    summary: "a file of the block is not in the bucket",
    meaning: """
      meta.json, the local block or the numbers of the other segments say that there is such an object, and the bucket \
      does not have it. Queries for its series fail, and the compactor halts.
      """,
    causes: """
      Somebody, or a lifecycle rule of the bucket, deleted it; it was uploaded by a tool that writes meta.json too \
      early; a deletion was broken off after its first objects.
      """,
    remedy: repairOrReplace)

  static let strayObject = Explanation(
    summary: "a file or object that neither meta.json nor the original knows",
    meaning: """
      Nobody reads it. It takes up room, and may be a sign of two uploads that got in each other's way.
      """,
    causes: """
      Left over from an aborted upload or a tool's temporary file (.tmp, .bak); a segment of an earlier version of the \
      block.
      """,
    remedy: """
      See what it is. If everything else about the block is good it may be deleted by hand. verify never deletes it, \
      since nothing proves what it was.
      """)

  static let sizeMismatch = Explanation(
    summary: "a file or object has another size than it should",
    meaning: """
      The object is shorter or longer than the local file, or than meta.json lists. Its content is certainly not what \
      it should be.
      """,
    causes: """
      A writer that writes in place was stopped (objstore's FILESYSTEM provider does); the file was replaced after \
      meta.json had been written.
      """,
    remedy: repairOrReplace)

  static let unreadable = Explanation(
    summary: "a file could not be read, or is something else than a file",
    meaning: "The disk or the network failed, or a folder or a broken link stands where a file should be.",
    causes: "A failing disk (input/output error), permissions, a network file system that went away.",
    remedy: """
      Look at the reason in the message and at dmesg. Run verify for the block again when the cause is gone:

          verify --tsdb.path DATA --id ULID

      If the disk is failing, save the block from the bucket while it is there: backfill restore into another folder.
      """)

  static let noBlocks = Explanation(
    summary: "there is no block at all to verify",
    meaning: "The folder or the bucket was read, and no block was found in it. Nothing at all is no proof of anything.",
    causes: "A wrong --tsdb.path; a wrong bucket or prefix in the bucket file; a Prometheus younger than two hours.",
    remedy: """
      See what is there:

          inspect --objstore.config-file BUCKET
          inspect --tsdb.path DATA

      A bucket that several share often has a prefix for each: it belongs in the bucket file, as in Thanos'.
      """)
}
