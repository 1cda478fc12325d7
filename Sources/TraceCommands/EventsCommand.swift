// `exuvia events`: the events of a trace as text. Without filters the text is lossless: `exuvia assemble` makes the
// trace again.

import ArgumentParser
import TraceFormat
import TraceModel
import TraceReplay

struct EventsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "events", abstract: "Print the events of a trace, one a line.",
    discussion: """
      Without filters: everything, with header, chunk and definition lines, in the form that `exuvia assemble` reads. With \
      filters: only the events that pass all of them, each with its number.

      Examples:
        exuvia events run.exv | head
        exuvia events run.exv --kind collectBegin --kind collectEnd
        exuvia events run.exv --object 0x4c20
        exuvia events run.exv --thread 2 --from 1.25s --to 1.3s
      """)

  @Argument(help: "The trace.")
  var trace: String

  @Option(name: .long, help: "Only this kind of event; may be repeated.")
  var kind: [String] = []

  @Option(name: .long, help: "Only events that name this object (0x and its address, as the events print it).")
  var object: String?

  @Option(name: .long, help: "Only events while this thread holds the GIL, and those that name it.")
  var thread: UInt32?

  @OptionGroup var window: WindowOptions

  @Option(name: .long, help: "Only this stream.")
  var stream: UInt32?

  @Flag(name: .long, help: "Put each event's number before it.")
  var numbers = false

  func run() throws {
    let filter = try makeFilter()
    do {
      let file = try TraceFile(path: trace)
      if case .unclosed(let reason) = file.state {
        AnalysisOutput.note(
          "warning: \(trace): the trace was not closed (\(reason)); what follows is all that it holds")
      }
      if filter.passesAll, !numbers {
        try TextWriter.disassemble(file) { AnalysisOutput.write($0) }
      } else {
        try write(file, filter)
      }
    } catch let error as TraceError {
      AnalysisOutput.note(error.message)
      throw AnalysisOutput.unreadable
    }
  }

  private func makeFilter() throws -> EventFilter {
    let (from, to) = try window.moments()
    var filter = EventFilter(from: from, to: to)
    for name in kind {
      guard let found = EventKind.allCases.first(where: { "\($0)" == name }) else {
        let names = EventKind.allCases.map { "\($0)" }.joined(separator: ", ")
        throw ValidationError("'\(name)' is no kind of event; the kinds are \(names)")
      }
      filter.kinds.insert(found.rawValue)
    }
    if let object {
      let text = object.hasPrefix("0x") ? object.dropFirst(2) : object[...]
      guard let number = UInt64(text, radix: object.hasPrefix("0x") ? 16 : 10) else {
        throw ValidationError("'\(object)' is no address; write it as the events print it, for example 0x4c20")
      }
      filter.object = number
    }
    filter.thread = thread
    filter.stream = stream
    return filter
  }

  private func write(_ file: TraceFile, _ original: EventFilter) throws {
    var writers: [UInt32: TextWriter] = [:]
    var batch = EventBatch()
    var text: [UInt8] = []
    var filters: [UInt32: EventFilter] = [:]
    for index in file.chunks.indices {
      let chunk = file.chunks[index]
      guard chunk.kind == .events || chunk.kind == .definitions && original.wantsDefinitions,
        stream == nil || stream == chunk.stream
      else { continue }
      let definitions = try file.definitions(of: chunk.stream)
      var filter = filters[chunk.stream] ?? original.resolved(definitions)
      defer { filters[chunk.stream] = filter }
      if filter.skips(chunk) { continue }
      var writer = try TextWriter.take(chunk.stream, from: &writers, file)
      defer { writers[chunk.stream] = writer }
      try file.decode(chunk: index, into: &batch)
      var number = chunk.firstSequence
      var cursor = batch.cursor
      while !cursor.isAtEnd {
        let isDefinition = cursor.kindByte < 16
        if filter.passes(cursor.record, number: number, isDefinition: isDefinition) {
          if !isDefinition { text.append(contentsOf: "#\(number) ".utf8) }
          writer.append(cursor.record, into: &text)
          text.append(UInt8(ascii: "\n"))
        }
        if !isDefinition { number += 1 }
        cursor.advance()
        if text.count > 1 << 16 {
          AnalysisOutput.write(text)
          text.removeAll(keepingCapacity: true)
        }
      }
    }
    AnalysisOutput.write(text)
    try check(filters.values.map { $0 })
  }

  /// A part that no stream has is a mistake; a time beyond the end is the end.
  private func check(_ filters: [EventFilter]) throws {
    if filters.contains(where: \.endsFirst), filters.allSatisfy({ $0.endsFirst || !$0.hasBegun }) {
      throw ValidationError(
        "--to \(window.to) comes before --from \(window.from); --from takes the earlier moment, --to the later")
    }
    for (text, hasCome) in [
      (window.from, filters.contains(where: \.hasBegun)), (window.to, filters.contains(where: \.hasEnded)),
    ]
    where !hasCome {
      switch try AnalysisOutput.moment(text) {
      case .event, .pass, .marker: throw ValidationError("\(trace): the moment \(text) never comes")
      case .start, .end, .programEnd, .time: continue
      }
    }
  }
}
