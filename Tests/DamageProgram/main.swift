// Asks commands about a trace that is cut or flipped, thousands of times: `tools/check-bad-input` builds and runs it. Each question is a forked
// process, so that a crash, a hang and its memory are its own, and none has to be started: the commands have run once before the fork.
//
//     DamageProgram TRACE prefixes STEP PART PARTS        cut after every so many bytes
//     DamageProgram TRACE flips COUNT SEED PART PARTS     so many different bits, one at a time
//
// Prints what is wrong, then one line: questions, findings, the longest answer in microseconds of processor time, the most memory in KB.

import CRuntimeSupport
import Foundation
import Glibc
import TraceCommands

/// What the check promises (DESIGN: no answer later, no more memory).
enum Bounds {
  static let processorSeconds = 1
  static let residentKilobytes = 300 << 10
  /// A process that waits for something that never comes.
  static let wallSeconds: UInt32 = 60
}

/// The commands that go through all of a trace; TRACE and SOUND stand for files.
let commands = [
  ["verify", "TRACE"], ["events", "TRACE"], ["stats", "TRACE"], ["heap", "TRACE"], ["timeline", "TRACE"],
  ["leaks", "TRACE"],
  ["query", "SELECT count(*), min(type), max(function) FROM events", "TRACE"], ["export", "--to", "semantic", "TRACE"],
  ["heap", "TRACE", "--by", "site"], ["diff", "SOUND", "TRACE"],
]

/// One damage: what the file is now, and what must be said of it.
struct Damage {
  let name: String
  let exitCode: Int32
  let said: String
}

func fail(_ text: String) -> Never {
  FileHandle.standardError.write(Data("DamageProgram: \(text)\n".utf8))
  exit(2)
}

let arguments = Array(CommandLine.arguments.dropFirst())
guard arguments.count >= 5, let sound = FileManager.default.contents(atPath: arguments[0]) else {
  fail("see its source")
}
let numbers = arguments[2...].compactMap { UInt64($0) }
guard numbers.count == (arguments[1] == "flips" ? 4 : 3) else { fail("see its source") }
let (part, parts) = (Int(numbers[numbers.count - 2]), Int(numbers[numbers.count - 1]))
let headerBytes = sound[12..<16].reversed().reduce(0) { $0 << 8 | Int($1) }
let path = arguments[0] + ".damaged\(part)"
let file = open(path, O_RDWR | O_CREAT | O_TRUNC, 0o600)
let reports = pipe()
_ = fcntl(reports.read, F_SETFL, O_NONBLOCK)
let output = dup(STDOUT_FILENO)

func pipe() -> (read: Int32, write: Int32) {
  var ends: [Int32] = [0, 0]
  guard Glibc.pipe(&ends) == 0 else { fail("no pipe") }
  return (ends[0], ends[1])
}

func argv(_ command: [String]) -> [String] {
  command.map { $0 == "TRACE" ? path : $0 == "SOUND" ? arguments[0] : $0 }
}

/// To the output that the commands do not get.
func say(_ text: String) {
  let line = Array((text + "\n").utf8)
  guard write(output, line, line.count) == line.count else { fail("cannot write") }
}

struct Tally {
  var questions = 0
  var findings = 0
  var longestMicroseconds = 0
  var mostKilobytes = 0
}
/// N.B. one thread is all that this program has.
nonisolated(unsafe) var tally = Tally()

/// Runs the command in a process of its own and judges how it ended.
func ask(_ command: [String], _ damage: Damage) {
  let process = exuvia_fork()
  if process == 0 {
    dup2(reports.write, STDERR_FILENO)
    var limit = itimerval()
    limit.it_value.tv_sec = Bounds.processorSeconds
    setitimer(__itimer_which_t(ITIMER_PROF.rawValue), &limit, nil)
    alarm(Bounds.wallSeconds)
    RootCommand.mainWithExitCodes(argv(command))
  }
  var status: Int32 = 0
  var usage = rusage()
  while wait4(process, &status, 0, &usage) < 0 && errno == EINTR {}
  var buffer = [UInt8](repeating: 0, count: 1 << 16)
  let count = read(reports.read, &buffer, buffer.count)
  let said = String(decoding: buffer[..<max(0, count)], as: UTF8.self)
  let seconds = usage.ru_utime.tv_sec + usage.ru_stime.tv_sec
  let microseconds = seconds * 1_000_000 + Int(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec)
  tally.questions += 1
  tally.longestMicroseconds = max(tally.longestMicroseconds, microseconds)
  tally.mostKilobytes = max(tally.mostKilobytes, usage.ru_maxrss)
  let hasExited = status & 0x7F == 0
  var wrong: [String] = []
  if !hasExited {
    wrong.append("ended by signal \(status & 0x7F)")
  } else if status >> 8 & 0xFF != damage.exitCode {
    wrong.append("exit code \(status >> 8 & 0xFF), expected \(damage.exitCode)")
  }
  if !said.contains(damage.said) { wrong.append("does not say '\(damage.said)'") }
  if usage.ru_maxrss > Bounds.residentKilobytes { wrong.append("\(usage.ru_maxrss) KB of memory") }
  guard !wrong.isEmpty else { return }
  tally.findings += 1
  say("\(command.joined(separator: " ")), \(damage.name): \(wrong.joined(separator: ", ")): \(said.suffix(200))")
}

/// Every second time `verify`, else one of the others in turn.
func ask(_ number: Int, _ damage: Damage) {
  ask(number % 2 == 0 ? commands[0] : commands[1 + number / 2 % (commands.count - 1)], damage)
}

func overwrite(_ bytes: Data, at offset: Int) {
  let count = bytes.withUnsafeBytes { pwrite(file, $0.baseAddress, $0.count, off_t(offset)) }
  guard count == bytes.count else { fail("cannot write \(path): errno \(errno)") }
}

/// From the longest to the shortest, so that the file only has to be cut.
func prefixes(step: Int) {
  for (number, count) in stride(from: 0, to: sound.count, by: step).reversed().enumerated() where number % parts == part
  {
    ftruncate(file, off_t(count))
    let isTorn = count < headerBytes
    ask(
      number,
      Damage(name: "the first \(count) bytes", exitCode: isTorn ? 3 : 0, said: isTorn ? "at offset" : "was not closed"))
  }
}

func flips(count: Int, seed: UInt64) {
  // A generator of its own (splitmix64), so that a seed means the same bits on every machine.
  var state = seed
  func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = (state ^ state >> 30) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
    return mixed ^ mixed >> 31
  }
  var bits = Array(0..<sound.count * 8)
  let taken = min(count, bits.count)
  for place in 0..<taken { bits.swapAt(place, place + Int(next() % UInt64(bits.count - place))) }
  for (number, bit) in bits[..<taken].enumerated() where number % parts == part {
    let place = bit / 8
    overwrite(Data([sound[place] ^ 1 << UInt8(bit % 8)]), at: place)
    ask(number, Damage(name: "bit \(bit % 8) of byte \(place) flipped", exitCode: 3, said: "at offset"))
    overwrite(sound[place..<place + 1], at: place)
  }
}

guard file >= 0 else { fail("cannot write \(path)") }
overwrite(sound, at: 0)
// N.B. what a command writes is not looked at; its first run makes what the runtime makes once.
dup2(open("/dev/null", O_WRONLY), STDOUT_FILENO)
for command in commands {
  do { try RootCommand.runOnce(argv(command)) } catch {
    fail("\(command.joined(separator: " ")) of the sound trace: \(error)")
  }
}
if arguments[1] == "prefixes" {
  prefixes(step: Int(numbers[0]))
} else {
  flips(count: Int(numbers[0]), seed: numbers[1])
}
unlink(path)
say("\(tally.questions) \(tally.findings) \(tally.longestMicroseconds) \(tally.mostKilobytes)")
