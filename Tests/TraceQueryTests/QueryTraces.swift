// What the tests of queries ask: a trace of several chunks, so that ranges leave some out, and short ways to ask.

import TestSupport
import TraceReplay

@testable import TraceQuery

enum QueryTraces {
  /// The sound trace's definitions, then `rounds` chunks: births and deaths, stores, a pass, locks of two threads, a generator, a marker.
  static func session(rounds: Int) throws -> TraceSession {
    let sound = String(decoding: TestFiles.read("\(TestFiles.root)/traces/lawful/sound.txt"), as: UTF8.self)
    let head = sound.split(separator: "\n").filter { $0.hasPrefix("define") || $0.hasPrefix("@header") }
    var text = "@exuvia 0.1\n" + head.joined(separator: "\n") + "\n@chunk stream=0\n"
    text +=
      "processStart time=1 pid=7\nthreadStart time=2 thread=1\nthreadStart time=3 thread=2\nlockCreate lock=0x9 lockKind=lock site=1\n"
    for round in 0..<rounds { text += "@chunk stream=0\n" + lines(round) }
    return try TextTraces.session(Array((text + "@end status=0\n").utf8), name: "rounds")
  }

  private static func lines(_ round: Int) -> String {
    let (time, object) = (100 * (round + 1), 64 + round * 8)
    let (mine, other) = (round % 2 + 1, 2 - round % 2)
    return """
      lockAcquire time=\(time) lock=0 thread=\(mine)
      lockBlock time=\(time + 1) lock=0 thread=\(other)
      alloc type=2 object=\(object) site=1 size=\(32 + round % 3 * 16) flags=5
      alloc type=\(1 + round % 3) object=\(object + 1) site=0 size=40 flags=5
      store holder=\(object) field=attribute:6 old=0 new=\(object + 1)
      marker time=\(time + 5) name=\(1 + round % 3)
      alloc type=5 object=\(object + 2) site=1 size=64 flags=5
      generatorCreate object=\(object + 2) generatorKind=generator code=1 site=1
      generatorResume object=\(object + 2) how=next
      generatorYield object=\(object + 2) line=4 valueKind=int value=\(round)
      collectBegin time=\(time + 10) generation=\(round % 3) reason=automatic
      collectEnd time=\(time + 20 + round) generation=\(round % 3) examined=\(round)
      lockAcquire time=\(time + 31) lock=0x9 thread=\(mine)
      lockRelease time=\(time + 33) lock=0x9 thread=\(mine) reason=explicit
      lockRelease time=\(time + 40) lock=0 thread=\(mine) reason=forced
      lockAcquire time=\(time + 41) lock=0 thread=\(other) waited=yes blockedFor=40
      \(round % 2 == 0 ? "dealloc object=\(object + 1) cause=refcount" : "raise type=3 code=1 line=\(round)")
      lockRelease time=\(time + 50) lock=0 thread=\(other) reason=explicit

      """
  }

  static func rows(_ database: QueryDatabase, _ statement: String) throws(QueryError) -> [[QueryValue]] {
    let prepared = try database.prepare(statement)
    var rows: [[QueryValue]] = []
    while try prepared.step() { rows.append(prepared.columnNames.indices.map { prepared.value($0) }) }
    return rows
  }

  static func text(_ database: QueryDatabase, _ statement: String, _ format: AnswerFormat) throws(QueryError) -> [UInt8]
  {
    var bytes: [UInt8] = []
    try AnswerWriter.write(try database.prepare(statement), as: format) { bytes += $0 }
    return bytes
  }
}

extension QueryValue {
  /// As a statement has it.
  var literal: String {
    switch self {
    case .null: "NULL"
    case .integer(let value): "\(value)"
    case .real(let value): "\(value)"
    case .text(let text): "'" + text.replacing("'", with: "''") + "'"
    case .blob(let bytes): "zeroblob(\(bytes.count))"
    }
  }
}

/// splitmix64, so that a failure can be made again.
struct Random: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    let mixed = (state ^ state >> 30) &* 0xBF58_476D_1CE4_E5B9
    return mixed ^ mixed >> 29
  }
}
