internal import CPlatform

/// The arguments that the process was started with, as other users see them in the list of processes.
public enum ProcessArguments {
  /// Overwrites the values of a flag there. `CommandLine.arguments` keeps them.
  /// - Parameter flag: with its dashes.
  /// - Returns: how many were overwritten; 0 also where the system does not let one.
  @discardableResult
  public static func hide(valuesOf flag: String) -> Int { Int(unsafe blockhaul_hide_argument(flag)) }
}
