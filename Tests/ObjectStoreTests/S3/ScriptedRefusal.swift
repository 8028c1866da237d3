import Fixtures

extension [ScriptedServer.Step] {
  /// S3's way of saying no.
  static func refusal(_ status: Int, _ code: String, _ fields: [(String, String)] = [], more: String = "") -> Self {
    response(
      status, fields, "<?xml version=\"1.0\"?>\n<Error><Code>\(code)</Code><Message>words</Message>\(more)</Error>")
  }
}
