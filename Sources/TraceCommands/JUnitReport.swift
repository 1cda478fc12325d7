// The result of `check` as JUnit XML, which continuous integration shows as tests: a case a rule.

import Glibc

enum JUnitReport {
  struct Failure: Error { let message: String }

  /// Writes the file; an existing one only with `force`.
  static func write(_ results: [BudgetResult], trace: String, to path: String, force: Bool) throws(Failure) {
    let flags = O_WRONLY | O_CREAT | O_CLOEXEC | (force ? O_TRUNC : O_EXCL)
    let descriptor = open(path, flags, 0o644)
    guard descriptor >= 0 else {
      let reason = errno == EEXIST ? "the file exists; --force overwrites it" : String(cString: strerror(errno))
      throw Failure(message: "cannot write '\(path)': \(reason)")
    }
    defer { close(descriptor) }
    var rest = Array(text(results, trace: trace).utf8)[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { throw Failure(message: "cannot write '\(path)': \(String(cString: strerror(errno)))") }
      rest = rest.dropFirst(count)
    }
  }

  static func text(_ results: [BudgetResult], trace: String) -> String {
    let failed = results.filter { !$0.holds }.count
    var text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    text += "<testsuites tests=\"\(results.count)\" failures=\"\(failed)\">\n"
    text += "  <testsuite name=\"exuvia check \(escaped(trace))\" tests=\"\(results.count)\" failures=\"\(failed)\">\n"
    for result in results {
      text += "    <testcase classname=\"exuvia.budgets\" name=\"\(escaped(result.rule.text))\""
      if result.holds {
        text += "/>\n"
      } else {
        text +=
          ">\n      <failure message=\"\(escaped("\(result.rule.measure.rawValue) is \(result.valueText)"))\"/>\n    </testcase>\n"
      }
    }
    return text + "  </testsuite>\n</testsuites>\n"
  }

  /// Text inside an attribute; characters that XML cannot hold are replaced.
  private static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case _ where scalar.value < 32 || scalar.value == 0xFFFE || scalar.value == 0xFFFF: result += "\u{FFFD}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
