import ArgumentParser
import Console
import Delivery
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

  @OptionGroup var delivery: DeliveryFlags

  func validate() throws {
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
    options.delivery = delivery.options
    options.reportPath = delivery.report
    options.stateFolder = delivery.stateFolder
    return options
  }
}
