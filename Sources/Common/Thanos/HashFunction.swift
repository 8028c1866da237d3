/// What `thanos.files` is to hold of each file's content, as Thanos' `--hash-func` names it.
public enum HashFunction: String, CaseIterable, Sendable {
  case none = ""
  case sha256 = "SHA256"
}
