import Fixtures
import OrderedJSON
import Platform
import Testing

/// A real Chromium that looks at a page, without a window.
enum Browser {
  struct Missing: Error, CustomStringConvertible {
    let description = "there is no Chromium in .tools/bin: run scripts/setup test"
  }

  /// What the page logs while it is opened as it is, as a user opens it from disk.
  static func log(of page: String) async throws -> [String] {
    let run = try await run(["--enable-logging=stderr", "--dump-dom", "file://\(page)"])
    // A browser that did not get as far logs nothing either.
    try #require(run.status == 0 && run.output.contains("</html>"), "\(run.error.suffix(2000))")
    return run.error.split(separator: "\n").filter { $0.contains(":CONSOLE") }.map(String.init)
  }

  /// Opens a copy of the page in a frame of a width, with a script that looks around in it.
  /// - Parameters:
  ///   - width: CSS pixels; a frame has any, a window at least 500.
  ///   - script: an expression of JavaScript.
  /// - Returns: what the script came to, as JSON.
  static func look(at html: String, width: Int, isDark: Bool = false, script: String) async throws -> JSONObject {
    let folder = try TemporaryFolder()
    // The page forbids itself scripts: the copy lets in this one, and still no other address.
    let policy = "default-src &#39;none&#39;; "
    try #require(html.contains(policy) && html.contains("</body>"))
    let looking = """
      <script>addEventListener("load", () => {
        let found
        try { found = \(script) } catch (error) { found = { error: String(error) } }
        parent.postMessage(JSON.stringify(found), "*")
      })</script>
      """
    let copy = html.replacing(policy, with: policy + "script-src &#39;unsafe-inline&#39;; ", maxReplacements: 1)
      .replacing("</body>", with: looking + "</body>")
    let frame = """
      <!DOCTYPE html><meta charset="utf-8"><meta name="color-scheme" content="light dark">
      <script>addEventListener("message", event => { document.getElementById("found").textContent = event.data })</script>
      <pre id="found"></pre><iframe src="page.html" style="border: 0; width: \(width)px; height: 1000px"></iframe>
      """
    try AtomicFile.write(Array(copy.utf8), to: "\(folder.path)/page.html")
    try AtomicFile.write(Array(frame.utf8), to: "\(folder.path)/frame.html")
    let run = try await run([
      "--blink-settings=preferredColorScheme=\(isDark ? 0 : 1)", "--window-size=1600,1200",
      "--virtual-time-budget=10000",
      "--dump-dom", "file://\(folder.path)/frame.html",
    ])
    let found = run.output.split(separator: "<pre id=\"found\">").last?.split(separator: "</pre>").first
    let text = String(try #require(found, "\(run.error.suffix(2000))"))
      .replacing("&lt;", with: "<").replacing("&gt;", with: ">").replacing("&nbsp;", with: "\u{A0}").replacing(
        "&amp;", with: "&")
    let object = try #require(try JSONValue(parsing: Array(text.utf8)).object, "\(text.prefix(300))")
    #expect(object["error"] == nil, "\(object["error"]?.string ?? "")")
    return object
  }

  private static func run(_ arguments: [String]) async throws -> ProgramRun {
    guard (try? Directory.status(of: "\(ProgramRun.root)/.tools/bin/chromium")) != nil else { throw Missing() }
    let profile = try TemporaryFolder()
    // The sandbox needs more than a container's root has.
    let usual = [
      "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--user-data-dir=\(profile.path)",
    ]
    return try await ProgramRun.tool("chromium", usual + arguments)
  }
}
