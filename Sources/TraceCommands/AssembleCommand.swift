// `exuvia assemble`: the text form into a trace; the inverse of `exuvia events`.

import ArgumentParser
import Glibc
import TraceFormat

struct AssembleCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "assemble", abstract: "Make a trace of its text form.",
    discussion: """
      Reads what `exuvia events TRACE` prints and writes the trace that it describes. Lines that begin with `# ` are comments. \
      Without @chunk lines, chunks are cut by size; without an @end line the trace stays unclosed, as after a kill.

      Examples:
        exuvia events run.exv > run.txt
        exuvia assemble run.txt -o copy.exv
        exuvia events run.exv | exuvia assemble - -o copy.exv
      """)

  @Argument(help: "The text; - is standard input.")
  var text: String

  @Option(name: .shortAndLong, help: "The trace to write.")
  var output: String

  @Flag(name: .long, help: "Overwrite the trace if it exists.")
  var force = false

  @Option(name: .long, help: "How records are laid out: columns (what recordings use) or rows.")
  var layout = "columns"

  func validate() throws {
    if layout != "columns" && layout != "rows" {
      throw ValidationError("'\(layout)' is no layout; write columns or rows")
    }
  }

  func run() throws {
    do {
      let bytes = text == "-" ? Self.readAll(STDIN_FILENO) : try Self.readFile(text)
      guard let bytes else {
        AnalysisOutput.note("\(text): cannot be read: \(String(cString: strerror(errno)))")
        throw AnalysisOutput.unreadable
      }
      try TextReader.assemble(
        bytes, textPath: text, outputPath: output, force: force, layout: layout == "rows" ? .rows : .columns)
    } catch let error as TraceError {
      AnalysisOutput.note(error.message)
      throw error.kind == .exists ? AnalysisOutput.usage : AnalysisOutput.unreadable
    }
  }

  private static func readFile(_ path: String) throws -> [UInt8]? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    return readAll(descriptor)
  }

  private static func readAll(_ descriptor: Int32) -> [UInt8]? {
    var bytes: [UInt8] = []
    let piece = 1 << 16
    while true {
      let before = bytes.count
      bytes.append(contentsOf: repeatElement(0, count: piece))
      let count = bytes.withUnsafeMutableBytes { buffer in
        read(descriptor, UnsafeMutableRawBufferPointer(rebasing: buffer[before...]).baseAddress, piece)
      }
      bytes.removeLast(piece - max(0, count))
      if count < 0 && errno == EINTR { continue }
      if count < 0 { return nil }
      if count == 0 { return bytes }
    }
  }
}
