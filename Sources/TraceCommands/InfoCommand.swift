// `exuvia info`: what a trace is. Of a closed trace it reads only header, end and index.

import ArgumentParser
import Glibc
import TraceAnalysis
import TraceFormat
import TraceModel

struct InfoCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "info",
    abstract: "Say what a trace is: how it was made, how it ended, what it holds, what is missing.",
    discussion: """
      Of a closed trace only the header and the index are read, so the answer comes at once whatever the trace's length; of a \
      trace that was not closed everything is counted. Of several traces each has its answer, under its path; with --json each \
      has a line. One that cannot be read makes exit code 3, after the others.

      Examples:
        exuvia info run.exv
        exuvia info run.exv --json
        exuvia info *.exv
      """)

  @Argument(help: ArgumentHelp("The trace, or several.", valueName: "trace"))
  var traces: [String]

  @Flag(name: .long, help: "Write JSON.")
  var json = false

  @OptionGroup var noPart: NoPartOptions

  func run() throws { try TraceAnswer.eachWithWorstCode(traces, write) }

  private func write(_ answer: TraceAnswer) throws {
    do throws(TraceError) {
      let file = try TraceFile(path: answer.path)
      let sums = try file.sums()
      if json { answer.write(Self.json(file, sums)) } else { answer.write(Self.text(file, sums)) }
    } catch {
      AnalysisOutput.note(error.message)
      throw AnalysisOutput.unreadable
    }
  }

  private static func text(_ file: TraceFile, _ sums: [StreamSynopsis]) -> String {
    var lines: [(String, String)] = []
    let header = file.header
    let events = sums.reduce(0) { $0 &+ $1.events }
    lines.append(
      ("trace", "\(file.path), \(Numbers.bytes(file.size)), format \(header.versionMajor).\(header.versionMinor)"))
    lines.append(("state", state(file.state)))
    if !header.program.isEmpty {
      lines.append(("program", ([header.program] + header.arguments).joined(separator: " ")))
    }
    if !header.runtime.isEmpty { lines.append(("runtime", header.runtime)) }
    if !header.library.isEmpty { lines.append(("library", header.library)) }
    let date = header.startWallNanoseconds == 0 ? "" : ", begun \(date(header.startWallNanoseconds))"
    lines.append(
      (
        "recorded",
        "level \(header.level)\(date)" + (header.flags & TraceHeader.Flags.scheduled != 0 ? ", scheduled" : "")
      ))
    let chunkCount = file.chunks.count { $0.kind == .events || $0.kind == .definitions }
    lines.append(
      (
        "chunks",
        "\(Numbers.grouped(chunkCount)) of events and definitions, \(sums.count) \(sums.count == 1 ? "stream" : "streams")"
      ))
    for sum in sums { lines += self.lines(sum, isOnly: sums.count == 1) }
    if events > 0 { lines.append(("density", "\(density(file.size, events)) bytes an event")) }
    lines.append(("losses", losses(file, sums)))
    var text = ""
    for (name, value) in lines {
      text += name + String(repeating: " ", count: max(1, 10 - name.utf8.count)) + value + "\n"
    }
    var table = Table("<kind", "count")
    for kind in EventKind.allCases {
      let count = sums.reduce(0) { $0 &+ $1.counts[Int(kind.rawValue)] }
      if count > 0 { table.add("\(kind)", Numbers.grouped(count)) }
    }
    return text + "\n" + table.text()
  }

  private static func lines(_ sum: StreamSynopsis, isOnly: Bool) -> [(String, String)] {
    let stream = isOnly ? "" : "stream \(sum.stream): "
    var objects = "\(stream)\(Numbers.grouped(sum.births)) born, \(Numbers.grouped(sum.deaths)) died, "
    objects += "\(Numbers.grouped(sum.liveObjects)) left, at most \(Numbers.grouped(sum.peakLiveObjects)) at once"
    var lines = [
      ("events", "\(stream)\(Numbers.grouped(sum.events)) in \(Numbers.duration(sum.lastTime &- sum.firstTime))"),
      ("objects", objects),
    ]
    if let bytes = sum.liveBytes, let peak = sum.peakLiveBytes {
      lines.append(("bytes", "\(stream)\(Numbers.bytes(bytes)) left, at most \(Numbers.bytes(peak)) at once"))
    }
    return lines
  }

  private static func density(_ bytes: UInt64, _ events: UInt64) -> String {
    let hundredths = bytes * 100 / events
    return "\(hundredths / 100).\(hundredths % 100 < 10 ? "0" : "")\(hundredths % 100)"
  }

  private static func state(_ state: TraceFile.State) -> String {
    switch state {
    case .closed(let end): "closed; the program ended \(end.wasSignalled ? "by signal" : "with status") \(end.status)"
    case .unclosed(let reason): "not closed: \(reason)"
    }
  }

  /// Losses that the reader found, and those that the recording counted.
  private static func losses(_ file: TraceFile, _ sums: [StreamSynopsis]) -> String {
    var parts: [String] = []
    let counted = sums.reduce(0) { $0 &+ $1.lostEvents }
    if counted > 0 { parts.append("\(Numbers.grouped(counted)) events that the recording counted") }
    for loss in file.losses {
      switch loss.cause {
      case .unclosed: parts.append("unknown, as no ring file lies beside the trace")
      case .tornTail: parts.append("a torn chunk at offset \(loss.offset)")
      case .ringSequenceGap:
        parts.append(
          "\(Numbers.grouped((loss.count ?? 0) * 16)) bytes of records of stream \(loss.stream ?? 0) before offset \(loss.offset)"
        )
      }
    }
    return parts.isEmpty ? "none" : parts.joined(separator: "; ")
  }

  private static func date(_ nanoseconds: UInt64) -> String {
    var seconds = time_t(nanoseconds / 1_000_000_000)
    var parts = tm()
    gmtime_r(&seconds, &parts)
    var buffer = [CChar](repeating: 0, count: 32)
    strftime(&buffer, buffer.count, "%Y-%m-%d %H:%M:%S UTC", &parts)
    return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}

extension InfoCommand {
  private static func json(_ file: TraceFile, _ sums: [StreamSynopsis]) -> JSON {
    let header = file.header
    var state: JSON
    switch file.state {
    case .closed(let end):
      state = .members([
        "closed": .bool(true), "status": .unsigned(UInt64(end.status.magnitude)), "signalled": .bool(end.wasSignalled),
      ])
    case .unclosed(let reason): state = .members(["closed": .bool(false), "reason": .string(reason)])
    }
    return .members([
      "path": .string(file.path), "bytes": .unsigned(file.size),
      "version": .string("\(header.versionMajor).\(header.versionMinor)"), "level": .string("\(header.level)"),
      "flags": .unsigned(UInt64(header.flags)), "startWallNanoseconds": .unsigned(header.startWallNanoseconds),
      "pid": .unsigned(UInt64(header.pid)), "program": .string(header.program),
      "arguments": .array(header.arguments.map { .string($0) }), "runtime": .string(header.runtime),
      "library": .string(header.library), "ring": .string(header.ringPath), "state": state,
      "chunks": .unsigned(UInt64(file.chunks.count)), "streams": .array(sums.map { json($0) }),
      "losses": .array(
        file.losses.map {
          .members([
            "cause": .string("\($0.cause)"), "units": $0.count.map { .unsigned($0) } ?? .null,
            "offset": .unsigned($0.offset),
          ])
        }),
    ])
  }

  private static func json(_ sum: StreamSynopsis) -> JSON {
    let kinds = EventKind.allCases.filter { sum.counts[Int($0.rawValue)] > 0 }
    return .members([
      "stream": .unsigned(UInt64(sum.stream)), "events": .unsigned(sum.events),
      "definitions": .unsigned(sum.definitions),
      "births": .unsigned(sum.births), "deaths": .unsigned(sum.deaths), "liveObjects": .unsigned(sum.liveObjects),
      "liveBytes": sum.liveBytes.map { .unsigned($0) } ?? .null, "peakLiveObjects": .unsigned(sum.peakLiveObjects),
      "peakLiveBytes": sum.peakLiveBytes.map { .unsigned($0) } ?? .null, "firstTime": .unsigned(sum.firstTime),
      "lastTime": .unsigned(sum.lastTime), "lostEvents": .unsigned(sum.lostEvents),
      "counts": .object(kinds.map { .init(name: "\($0)", value: .unsigned(sum.counts[Int($0.rawValue)])) }),
    ])
  }
}
