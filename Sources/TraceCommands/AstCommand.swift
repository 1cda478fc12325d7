// `exuvia ast`: the syntax tree of a file, byte for byte as `python3.13 -m ast` prints it.

import ArgumentParser
import PythonSyntax

struct AstCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ast", abstract: "Print the syntax tree of a Python file.", usage: "exuvia ast [-a] [FILE]",
    discussion: """
      The text is that of `python3.13 -m ast`, byte for byte. Syntax warnings go to standard error, and so does a syntax error, with exit
      code 1.

      Examples:
        exuvia ast script.py
        exuvia ast -a script.py
        echo 'x = 1' | exuvia ast
      """)

  @Flag(name: [.customShort("a"), .customLong("include-attributes")], help: "Show line and column numbers too.")
  var showsAttributes = false

  @ArgumentParser.Argument(help: "A Python source file; standard input when left out or '-'.")
  var file = "-"

  func run() throws {
    let source = try SourceFile.bytes(of: file)
    let name = file == "-" ? "<stdin>" : file
    do {
      let module = try Parser.parseModule(source, fileName: name, readsTypeComments: true)
      warn(module.warnings, name, source)
      AnalysisOutput.write(ASTDump.dump(module, attributes: showsAttributes) + "\n")
    } catch {
      AnalysisOutput.complain(String(error.text.dropLast()))
      throw ExitCode(1)
    }
  }

  /// Each warning once, with its line where that can be read again.
  private func warn(_ warnings: [SyntaxWarning], _ name: String, _ source: [UInt8]) {
    guard !warnings.isEmpty else { return }
    let lines = source.split(separator: 0x0A, omittingEmptySubsequences: false)
    var seen: [SyntaxWarning] = []
    for warning in warnings where !seen.contains(warning) {
      seen.append(warning)
      var text = "\(name):\(warning.line): SyntaxWarning: \(warning.message)"
      if file != "-", lines.indices.contains(Int(warning.line) - 1) {
        let line = String(decoding: lines[Int(warning.line) - 1], as: UTF8.self)
        text += "\n  " + line.trimmed
      }
      AnalysisOutput.complain(text)
    }
  }
}

extension String {
  /// Without the blanks at both ends.
  fileprivate var trimmed: String {
    let scalars = unicodeScalars.drop { $0.properties.isWhitespace }
    guard let last = scalars.lastIndex(where: { !$0.properties.isWhitespace }) else { return "" }
    return String(scalars[...last])
  }
}
