// The ends of lines that a text stream has met: `newlines`.
import PythonRuntime

struct LineEnds: OptionSet {
  let rawValue: UInt8
  static let feed = LineEnds(rawValue: 1)
  static let `return` = LineEnds(rawValue: 2)
  static let both = LineEnds(rawValue: 4)

  /// None, one str, or a tuple of several, in CPython's order. New reference.
  var object: Object {
    let parts: [(LineEnds, String)] = [(.return, "\r"), (.feed, "\n"), (.both, "\r\n")]
    let found = parts.filter { contains($0.0) }.map { internString($0.1).retained() }
    switch found.count {
    case 0: return core.pointee.none
    case 1: return found[0]
    default: return makeTuple(found)
    }
  }
}
