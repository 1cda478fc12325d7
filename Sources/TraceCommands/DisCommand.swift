// `exuvia dis`: the bytecode of a file.

import ArgumentParser
import Glibc
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
    guard let source = SourceFile.read(file) else {
      AnalysisOutput.note("cannot read '\(file)': \(String(cString: strerror(errno))); give a Python source file")
      throw AnalysisOutput.unreadable
    }
    do {
      let module = try Parser.parseModule(source, fileName: file)
      AnalysisOutput.write(Disassembler.text(of: try Compiler.compile(module: module, fileName: file)))
    } catch let error as SyntaxError {
      AnalysisOutput.note("\(file):\(error.line): \(error.message)")
      throw ExitCode(1)
    } catch let error as CompileError {
      AnalysisOutput.note("\(file):\(error.position.line): \(error.message)")
      throw ExitCode(1)
    }
  }
}

/// The bytes of a source file.
enum SourceFile {
  static func read(_ path: String) -> [UInt8]? {
    guard let file = fopen(path, "rb") else { return nil }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = fread(&buffer, 1, buffer.count, file)
      if count == 0 { return ferror(file) == 0 ? bytes : nil }
      bytes += buffer[..<count]
    }
  }
}
