import Delivery
import Fixtures

/// The state of a sender that has never sent anything, gone with the test.
final class TestState: Sendable {
  private let folder: TemporaryFolder
  let root: String
  private let state: StateFolder

  init() throws {
    folder = try TemporaryFolder()
    root = "\(folder.path)/state"
    state = try StateFolder(StatePlace(root: root, bucket: "test", origin: "test"), outside: nil, logger: silent)
  }

  var notes: DeliveryNotes { state.notes }
}
