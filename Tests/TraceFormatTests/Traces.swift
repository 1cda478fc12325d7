// Small traces for the tests of the format, and where they put files.

import Glibc
import TestSupport
import TraceFormat
import TraceModel

enum Traces {
  /// Every kind of event, with values that differ from field to field.
  static var everyKind: String {
    var text = """
      @exuvia 0.1
      @header flags=1 level=all wall=12 monotonic=34 pid=56
      @program "a \\"b\\".py"
      @argument "-x"
      @argument "\\té\\n"
      @runtime "exuvia"
      @chunk stream=0 ringBegin=0 ringEnd=500

      """.split(separator: "\n").map { $0.trimmed }.joined(separator: "\n") + "\n"
    let kinds = EventKind.allCases.filter { $0.rawValue < 16 } + EventKind.allCases.filter { $0.rawValue >= 16 }
    for round in 1...3 { for kind in kinds where (kind.rawValue < 16) == (round == 1) { text += line(kind, round) } }
    return text + "@end status=3 signalled=0\n"
  }

  /// A line with a value in each field.
  private static func line(_ kind: EventKind, _ round: Int) -> String {
    let spec = EventSpec.spec(kind)
    var text = spec.name
    if spec.hasTime { text += " time=\(round * 1_000 + Int(kind.rawValue))" }
    for (index, field) in spec.fields.enumerated() {
      let value = round * 3 + index + (spec.isDefinition ? 100 : 0)
      switch field.kind {
      case .object, .lock: text += " \(field.name)=0x\(String(value, radix: 16))"
      case .choice: text += " \(field.name)=\(field.choices[value % field.choices.count])"
      case .signed: text += " \(field.name)=-\(value)"
      case .fieldName: text += " \(field.name)=item:\(value)"
      default: text += " \(field.name)=\(value)"
      }
    }
    if spec.hasPayload { text += " text=\"\(String(repeating: "é", count: round * 7))\\x80\"" }
    return text + "\n"
  }

  /// A loop over few objects, as a recording of level refs has it, in several chunks.
  static func loop(chunks: Int, rounds: Int) -> String {
    var text = "@exuvia 0.1\n@header flags=1 level=refs wall=0 monotonic=0 pid=0\n"
    var position = 0
    for chunk in 0..<chunks {
      let count = rounds * 6
      text += "@chunk stream=0 ringBegin=\(position) ringEnd=\(position + count)\n"
      position += count
      for round in 0..<rounds {
        let object = String(64 + (round * 7 + chunk) % 40, radix: 16)
        text += "alloc type=\(round % 3 + 1) object=0x\(object) site=\(round % 5) size=\(24 + round % 4 * 8) flags=5\n"
        text += "incref object=0x10\nincref object=0x\(object)\ndecref object=0x\(object)\ndecref object=0x10\n"
        text += "dealloc cause=refcount inPass=no object=0x\(object)\n"
      }
    }
    return text + "@end status=0 signalled=0\n"
  }

  /// A path for a new file.
  static func path(_ name: String) -> String { folder.file("\(name).exv") }

  private static let folder = TestFolder()

  /// The trace of `text` as bytes.
  static func assembled(_ text: String, _ name: String, layout: ChunkLayout = .columns) throws -> [UInt8] {
    let path = path(name)
    defer { unlink(path) }
    try TextReader.assemble(Array(text.utf8), textPath: name, outputPath: path, force: true, layout: layout)
    return TestFiles.read(path)
  }

  static func text(of path: String) throws(TraceError) -> String {
    var bytes: [UInt8] = []
    try TextWriter.disassemble(try TraceFile(path: path, readsRing: false)) { bytes += $0 }
    return String(decoding: bytes, as: UTF8.self)
  }
}

extension Substring {
  fileprivate var trimmed: Substring { drop { $0 == " " } }
}
