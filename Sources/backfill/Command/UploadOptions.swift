public import ArgumentParser
import Console
public import Delivery
import Shipping
import TSDB
import Thanos

/// `--shipper.*`, `--hash-func` and `--check`, the first ones named as in Thanos.
struct UploadOptions: ParsableArguments {
  @Flag(
    name: .customLong("shipper.upload-compacted"), inversion: .prefixedNo,
    help: "Upload compacted blocks too. On here, unlike in a sidecar; the second form ships level 1 only.")
  var uploadsCompacted = true

  @Flag(
    name: .customLong("shipper.allow-out-of-order-uploads"),
    help: """
      Send a block that overlaps others of the same labels and resolution too; else it fails and the others go on. For \
      a Thanos with vertical compaction.
      """)
  var allowsOverlaps = false

  @Flag(
    name: .customLong("shipper.skip-corrupted-blocks"),
    help: "Leave corrupt blocks out without exit status 1. They are named, and never sent, either way.")
  var skipsCorrupted = false

  @Option(
    name: .customLong("hash-func"),
    help: ArgumentHelp(
      "Hash of each file in meta.json: SHA256, which verify checks by, or \"\" for none (Thanos' default).",
      valueName: "function"))
  var hash = HashFunction.sha256

  @Option(
    help: """
      How deep a block is looked into before it is sent. index: every checksum of its index and chunks, its counts, and \
      that the segments hold what the index names; full: also every sample; none.
      """)
  var check = BlockCheck.Depth.index

  @Flag(
    name: .customLong("shipper.write-file"),
    help: "List shipped blocks in the data folder, so that a sidecar does not look at them again. Needs write access.")
  var writesShipperFile = false

  @Option(
    name: .customLong("shipper.meta-file-name"),
    help: ArgumentHelp("The name of that list, as the sidecar has it.", valueName: "name"))
  var shipperFileName = ShipperFile.fileName

  @Option(
    help: """
      When meta.json is written, from which on Thanos has the block. each: when its data has arrived, older blocks \
      first; together: for all blocks at the end, which leaves the compactor no gaps to plan around.
      """)
  var publish = Publishing.each

  @Flag(
    name: .customLong("verify-after"),
    help: "Read every object back and compare its SHA-256 before the block is published.")
  var verifiesAfter = false

  @Option(help: ArgumentHelp("Add a JSON line for every block: objects, sizes, hashes, ETags, evidence.", valueName: "file"))
  var report: String?

  @Option(
    name: .customLong("state-dir"),
    help: ArgumentHelp(
      "Where is kept what lets a run go on. (default: $XDG_STATE_HOME/blockhaul, or ~/.local/state/blockhaul)",
      valueName: "folder"))
  var stateFolder: String?

  func validate() throws {
    if stateFolder?.isEmpty == true { throw ValidationError("--state-dir is empty: give a folder, or leave it out") }
    if report?.isEmpty == true { throw ValidationError("--report is empty: give a file, or leave it out") }
    guard !["", ".", "..", "wal", "chunks_head"].contains(shipperFileName), !shipperFileName.contains("/") else {
      throw ValidationError("--shipper.meta-file-name is the name of a file in the data folder, without a slash")
    }
  }

  func options(for selection: BlockSelection) -> BackfillOptions {
    var options = BackfillOptions()
    options.selection = selection
    options.uploadsCompacted = uploadsCompacted
    options.allowsOverlaps = allowsOverlaps
    options.skipsCorrupted = skipsCorrupted
    options.check = check
    options.hash = hash
    options.shipperFileName = writesShipperFile ? shipperFileName : nil
    options.delivery.publishing = publish
    options.delivery.verifiesAfter = verifiesAfter
    options.reportPath = report
    options.stateFolder = stateFolder
    return options
  }
}

extension Publishing: ExpressibleByArgument {}
