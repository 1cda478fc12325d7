// The tables of what the run consists of: processes, threads, locks, losses.

import TraceAnalysis
import TraceModel
import TraceReplay

enum RunTables {
  static let processes = QueryTable.stored(
    "processes", "one row for each stream: the root process, then its forked children",
    [
      StoredColumn.integer("stream", "the interpreter's stream"),
      StoredColumn.integer("pid", "process id; NULL when the trace does not tell it"),
      StoredColumn.integer("parent_pid", "its parent's"),
      StoredColumn.integer("since", "when it started, ns since the recording's start"),
      StoredColumn.integer("until", "when it exited; NULL when its end is not in the trace"),
      StoredColumn.integer("status", "exit status; NULL when its end is not in the trace"),
      StoredColumn.integer("cpu", "processor time, ns"),
      StoredColumn.integer("resident", "resident bytes at its exit"),
      StoredColumn.integer("events", "events of the stream"),
      StoredColumn.integer("births", "objects born"),
      StoredColumn.integer("deaths", "objects that died"),
      StoredColumn.integer("live_bytes", "bytes that live at the trace's end"),
      StoredColumn.integer("peak_live", "most objects that lived at once"),
      StoredColumn.integer("peak_bytes", "most bytes that lived at once"),
      StoredColumn.text("certainty", "exact, or bounded when events are missing"),
    ], expected: 2
  ) { (context, stream, rows) throws(QueryError) in
    let totals = try stream.report().totals
    var start: (pid: UInt32, parent: UInt32, time: UInt64)?
    var exit: (status: UInt32, cpu: UInt64, resident: UInt64, time: UInt64)?
    let events = try context.events(stream, KindSet([.processStart, .processExit]), countsOn: true)
    while let event = try events.nextEvent(context) {
      if event.kind == .processStart {
        if start == nil { start = (event.processID, event.parentProcessID, event.time) }
      } else {
        exit = (event.exitStatus, event.cpuNanoseconds, event.residentBytes, event.time)
      }
    }
    try rows.add([
      .number(stream.session.stream), start.map { .number($0.pid) } ?? .null, start.map { .number($0.parent) } ?? .null,
      .number(start?.time), .number(exit?.time), exit.map { .number($0.status) } ?? .null, .number(exit?.cpu),
      .number(exit?.resident), .number(totals.events), .number(totals.births), .number(totals.deaths),
      .number(totals.liveBytes), .number(totals.peakLive), .number(totals.peakBytes),
      .text(totals.isComplete ? "exact" : "bounded"),
    ])
  }

  static let threads = QueryTable.stored(
    "threads", "every thread, with its use of the GIL",
    [
      StoredColumn.integer("stream", "the interpreter's stream"),
      StoredColumn.integer("thread", "its number in its stream, from 1"),
      StoredColumn.text("name", "its name"),
      StoredColumn.integer("kernel_thread", "the kernel's id; NULL when the trace does not tell it"),
      StoredColumn.integer("since", "when it started, ns since the start"),
      StoredColumn.integer("until", "when it exited; NULL when its end is not in the trace"),
      StoredColumn.integer("cpu", "processor time, ns; NULL when its end is not in the trace"),
      StoredColumn.integer("gil_acquired", "how often it took the GIL"),
      StoredColumn.integer("gil_waits", "how often it had to wait for it"),
      StoredColumn.integer("gil_wait", "how long in all, ns"),
      StoredColumn.integer("gil_held", "how long it had it, ns"),
      StoredColumn.integer("gil_forced", "how often it gave it up because another thread asked"),
    ], expected: 8
  ) { (context, stream, rows) throws(QueryError) in
    let report = try stream.report()
    for (id, thread) in report.totals.threads.enumerated() {
      let gil = id < report.statistics.gil.count ? report.statistics.gil[id] : LockCounts()
      guard id > 0, thread.isStarted || gil.acquisitions > 0 else { continue }
      let forced = Int(ReleaseReason.forced.rawValue)
      try rows.add([
        .number(stream.session.stream), .number(id), .text(stream.names.string(thread.name)),
        thread.kernelThread == 0 ? .null : .number(thread.kernelThread), .number(thread.startTime),
        .number(thread.hasExited ? thread.exitTime : nil), .number(thread.hasExited ? thread.cpuNanoseconds : nil),
        .number(gil.acquisitions), .number(gil.waits), .number(gil.waitNanoseconds), .number(gil.holdNanoseconds),
        .number(forced < gil.releases.count ? gil.releases[forced] : 0),
      ])
    }
  }

  static let locks = QueryTable.stored(
    "locks", "every lock, the GIL (kind gil) included",
    [
      StoredColumn.integer("stream", "the interpreter's stream"),
      StoredColumn.integer("lock", "its number in its stream, from 1, by creation: `lock_waits.lock`"),
      StoredColumn.text("kind", "gil, lock, rlock or join"),
      StoredColumn.text("function", "the function that created it"),
      StoredColumn.integer("line", "the line"),
      StoredColumn.integer("acquired", "how often it was taken"),
      StoredColumn.integer("waits", "how often somebody had to wait"),
      StoredColumn.integer("wait", "how long in all, ns"),
      StoredColumn.integer("longest_wait", "the longest, ns"),
      StoredColumn.integer("held", "how long it was held in all, ns"),
      StoredColumn.integer("longest_held", "the longest, ns"),
    ], expected: 50
  ) { (context, stream, rows) throws(QueryError) in
    let report = try stream.report()
    let names = stream.names
    var gil = LockCounts()
    for row in report.statistics.gil { gil.add(row) }
    for (index, lock) in report.totals.locks.enumerated() {
      let counts =
        lock.lock == 0 ? gil : index < report.statistics.locks.count ? report.statistics.locks[index] : LockCounts()
      let code = names.codeOfSite(lock.site)
      try rows.add([
        .number(stream.session.stream), .number(lock.number), .text(lock.kindName),
        code == 0 ? .null : .text(names.codeName(code)), names.site(lock.site).map { .number($0.line) } ?? .null,
        .number(counts.acquisitions), .number(counts.waits), .number(counts.waitNanoseconds),
        .number(counts.longestWaitNanoseconds), .number(counts.holdNanoseconds), .number(counts.longestHoldNanoseconds),
      ])
    }
  }

  static let losses = QueryTable.stored(
    "losses", "what is missing from the trace; empty when nothing is",
    [
      StoredColumn.integer("stream", "the interpreter's stream"),
      StoredColumn.text("cause", "why"),
      StoredColumn.integer("count", "how many; NULL when nobody knows"),
      StoredColumn.text("unit", "events, or ring units of 16 bytes"),
      StoredColumn.integer("number", "number of the event at which they are missing; NULL for the file as a whole"),
      StoredColumn.text("explanation", "in words"),
    ], expected: 2
  ) { (context, stream, rows) throws(QueryError) in
    for entry in try stream.report().totals.losses.entries {
      try rows.add([
        .number(stream.session.stream), .text(entry.cause), .number(entry.events), .text(entry.unit), .number(entry.at),
        .text(entry.explanation),
      ])
    }
  }
}
