// `exuvia dis`: the bytecode of a file.

import ArgumentParser
import PythonBytecode
import PythonCompiler
import PythonSyntax

struct DisCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "dis", abstract: "Print the bytecode that a Python file compiles to.", usage: "exuvia dis FILE",
    discussion: """
      Examples:
        exuvia dis script.py
      """)

  @ArgumentParser.Argument(help: "A Python source file.")
  var file: String

  func run() throws {
    let source = try SourceFile.bytes(of: file)
    do {
      let module = try Parser.parseModule(source, fileName: file)
      var warnings: [SyntaxWarning] = []
      let code = try Compiler.compile(module: module, fileName: file, warnings: &warnings)
      AnalysisOutput.write(Disassembler.text(of: code))
    } catch let error as SyntaxError {
      AnalysisOutput.note("\(file):\(error.line): \(error.message)")
      throw ExitCode(1)
    } catch let error as CompileError {
      AnalysisOutput.note("\(file):\(error.position.line): \(error.message)")
      throw ExitCode(1)
    }
  }
}
