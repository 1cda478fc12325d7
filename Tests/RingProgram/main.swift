// A stand-in for the traced program and for `record`, so that tests can kill either.
//
//     RingProgram record OUT [--capacity N] [--mode M] [--limit N] [--ring DIR] [--force] PROGRAM...   records `RingProgram PROGRAM...`
//     RingProgram write N [STATUS]      N increfs of objects 1...N, then a clean end
//     RingProgram noise N               N increfs that compress badly, then a clean end
//     RingProgram stop N                N increfs, stops itself, N more, a clean end
//     RingProgram kill N [SIGNAL]       N increfs, then the signal to itself
//     RingProgram wait N FILE           N increfs, makes FILE, waits for a signal
//     RingProgram fork N CHILDREN       N increfs in the parent and in each of the forked children
//     RingProgram orphan N FILE         N increfs, makes FILE, N more when the recorder is dead, makes FILE2

import CRuntimeSupport
import EventRing
import Glibc
import TraceModel
import TraceRecorder

func fail(_ text: String) -> Never {
  print(text)
  exit(99)
}

func number(_ index: Int, _ standard: Int) -> Int {
  CommandLine.arguments.count > index ? Int(CommandLine.arguments[index]) ?? standard : standard
}

func writeRecords(_ writer: EventWriter, _ count: Int) {
  let name = Array("name".utf8)
  unsafe name.withUnsafeBytes { bytes in
    unsafe writer.writePayload(UInt64(EventKind.defineString.rawValue) | 1 << 32, bytes: bytes)
  }
  for object in 0..<count { writer.write(UInt64(EventKind.incref.rawValue) | UInt64(object + 1) << 32, 0) }
}

func make(_ path: String) { close(exuvia_open(path, O_CREAT | O_WRONLY, 0o600)) }

func record() -> Never {
  var words = Array(CommandLine.arguments.dropFirst(2))
  let output = words.removeFirst()
  var options = RecorderOptions(output: output, executable: "/proc/self/exe", arguments: [])
  while let first = words.first, first.hasPrefix("--") {
    words.removeFirst()
    if first == "--force" {
      options.force = true
      continue
    }
    let value = words.removeFirst()
    switch first {
    case "--capacity": options.ringCapacity = UInt64(value) ?? 0
    case "--mode": options.mode = RingMode.allCases.first { "\($0)" == value } ?? .block
    case "--limit": options.limit = UInt64(value)
    case "--ring": options.ringDirectory = value
    default: fail("unknown option \(first)")
    }
  }
  options.arguments = ["RingProgram"] + words
  do throws(RecorderError) {
    let recorder = try Recorder(options)
    let end = recorder.run()
    for line in recorder.lossMessages { print(line) }
    end.endLikewise()
  } catch { fail("\(error)") }
}

let arguments = CommandLine.arguments
let verb = arguments.count > 1 ? arguments[1] : ""
if verb == "record" { record() }
guard let writer = try? EventWriter.fromEnvironment() else { fail("cannot attach") }
if unsafe getenv(EventWriter.ringVariable) != nil { fail("the variable is still there") }
let count = number(2, 0)
switch verb {
case "write":
  writeRecords(writer, count)
  writer.end(status: Int32(number(3, 0)))
  exit(Int32(number(3, 0)))
case "noise":
  writeRecords(writer, 0)
  var seed: UInt64 = 1
  for _ in 0..<count {
    seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    writer.write(UInt64(EventKind.incref.rawValue) | seed & ~0xFFFF_FFFF, 0)
  }
  writer.end(status: 0)
  exit(0)
case "stop":
  writeRecords(writer, count)
  kill(getpid(), SIGSTOP)
  for object in count..<2 * count { writer.write(UInt64(EventKind.incref.rawValue) | UInt64(object + 1) << 32, 0) }
  writer.end(status: 0)
  exit(0)
case "kill":
  writeRecords(writer, count)
  kill(getpid(), Int32(number(3, Int(SIGKILL))))
case "wait":
  writeRecords(writer, count)
  make(arguments[3])
  while true { pause() }
case "fork":
  writeRecords(writer, count)
  for _ in 0..<number(3, 1) {
    guard let child = writer.prepareChild() else { fail("no ring for the child") }
    writer.write(UInt64(EventKind.fork.rawValue), writer.now(), UInt64(child.stream), 0)
    let pid = exuvia_fork()
    if pid == 0 {
      if writer.isAttached || writer.probes != [] { _exit(98) }
      writer.write(UInt64(EventKind.incref.rawValue), 0)
      writer.adopt(child)
      writeRecords(writer, count)
      // A child that ends without a word, as after os._exit.
      _exit(0)
    }
    writer.release(child, forked: pid > 0)
  }
  while wait(nil) > 0 {}
  writer.end(status: 0)
  exit(0)
case "orphan":
  let parent = getppid()
  writeRecords(writer, count)
  make(arguments[3])
  while getppid() == parent { usleep(1000) }
  for object in count..<2 * count { writer.write(UInt64(EventKind.incref.rawValue) | UInt64(object + 1) << 32, 0) }
  writer.end(status: 0)
  make(arguments[3] + "2")
  exit(0)
default:
  fail("unknown verb \(verb)")
}
