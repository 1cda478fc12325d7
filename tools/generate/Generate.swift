// The things that the tool does.

import Glibc
import TraceFormat
import TraceModel

/// Processor time of this thread, so that a busy machine matters less.
func seconds() -> Double {
  var now = timespec()
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now)
  return Double(now.tv_sec) + Double(now.tv_nsec) / 1e9
}

func fail(_ text: String) -> Never {
  say("TraceGenerator: \(text)")
  exit(2)
}

/// One line to standard error.
func say(_ text: String) {
  let bytes = Array((text + "\n").utf8)
  _ = write(2, bytes, bytes.count)
}

/// Runs the made-up program into a trace and prints its known answer.
func generate(_ parameters: Parameters, output: String, layout: ChunkLayout) throws {
  var header = TraceHeader()
  header.level = parameters.withRefs ? .refs : .heap
  header.flags = TraceHeader.Flags.scheduled
  header.program = "synthetic"
  header.runtime = "TraceGenerator"
  let begin = seconds()
  let writer = try TraceWriter(path: output, header: header, force: true, layout: layout)
  let sink = EventSink(writer)
  let program = SyntheticProgram(sink, parameters)
  try program.run()
  try sink.flush()
  try writer.finish(ProgramEnd(status: 0))
  let took = seconds() - begin
  let names = EventKind.allCases.filter { sink.counts[Int($0.rawValue)] > 0 }
  let counts = names.map { "\"\($0)\": \(sink.counts[Int($0.rawValue)])" }.joined(separator: ", ")
  let members = ["\"events\": \(sink.events)", "\"counts\": {\(counts)}"] + program.answer.json
  print("{\n  \(members.joined(separator: ",\n  "))\n}")
  let size = Double(writer.bytesWritten)
  say("\(took) s, \(Double(sink.events) / took / 1e6) M events/s, \(size / Double(sink.events)) bytes/event")
}

/// Decodes `path` once for its rate; then encodes its records again in each layout.
func measure(_ path: String) throws {
  let file = try TraceFile(path: path)
  var batch = EventBatch()
  var events = 0
  var begin = seconds()
  for index in file.chunks.indices where file.chunks[index].kind == .events {
    try file.decode(chunk: index, into: &batch)
    events += batch.eventCount
  }
  var took = seconds() - begin
  print(
    "decode: \(events) events, \(Double(events) / took / 1e6) M events/s, \(Double(file.size) / Double(events)) bytes/event"
  )
  for layout in [ChunkLayout.rows, .columns, .raw] {
    let writer = try TraceWriter(path: "/dev/null", header: file.header, force: true, layout: layout)
    var bytes = 0.0
    took = 0
    for index in file.chunks.indices where file.chunks[index].kind == .events {
      try file.decode(chunk: index, into: &batch)
      begin = seconds()
      let before = writer.bytesWritten
      try writer.appendChunk(
        stream: 0, ringBegin: 0, ringEnd: 0, words: UnsafeBufferPointer(start: batch.words, count: batch.wordCount))
      took += seconds() - begin
      bytes += Double(writer.bytesWritten - before)
    }
    print("encode \(layout): \(Double(events) / took / 1e6) M events/s, \(bytes / Double(events)) bytes/event")
  }
}
