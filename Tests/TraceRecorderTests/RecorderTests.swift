// Recordings of a stand-in program, with either side killed.

import EventRing
import Glibc
import TestSupport
import Testing
import TraceFormat
import TraceModel

@Suite struct RecorderTests {
  let directory = TestFolder()
  var trace: String { directory.file("t.exv") }

  @Test func aRecordingHoldsEveryRecordAndEndsAsTheProgramEnded() throws {
    #expect(Program("record \(trace) write 300000 7").finish() == 7)
    let recording = try Recording(trace)
    #expect(recording.isClosed)
    #expect(recording.end == ProgramEnd(status: 7))
    #expect(recording.isWhole(0, 300_000))
    #expect(recording.definitions == 1)
    #expect(recording.losses.isEmpty)
    #expect(directory.names == ["t.exv"])
  }

  @Test func aSmallRingMakesTheProgramWaitAndLosesNothing() throws {
    #expect(Program("record \(trace) --capacity 131072 write 500000").finish() == 0)
    let recording = try Recording(trace)
    #expect(recording.isWhole(0, 500_000))
    #expect(recording.losses.isEmpty)
  }

  @Test func modeDropCountsExactlyWhatIsMissing() throws {
    #expect(Program("record \(trace) --capacity 131072 --mode drop write 2000000").finish() == 0)
    let recording = try Recording(trace)
    let written = recording.increfs[0, default: []].count
    #expect(written + Int(recording.losses.reduce(0) { $0 + $1.events }) == 2_000_000)
    #expect(recording.losses.allSatisfy { $0.cause == LossCause.ringFull.rawValue })
    #expect(recording.definitions == 1)
  }

  @Test func modeRingKeepsTheLastPartAndAllDefinitions() throws {
    #expect(Program("record \(trace) --capacity 67108864 --mode ring --limit 4000000 write 2000000").finish() == 0)
    let recording = try Recording(trace)
    let kept = recording.increfs[0, default: []]
    #expect(kept.last == 2_000_000)
    #expect(kept.count * 16 <= 6_000_000)
    #expect(recording.definitions == 1)
    #expect(recording.losses.count == 1)
    #expect(recording.losses.first?.cause == LossCause.evicted.rawValue)
    #expect(kept.count + Int(recording.losses.first?.events ?? 0) == 2_000_000)
  }

  @Test func aLimitEndsInACountedLoss() throws {
    #expect(Program("record \(trace) --capacity 67108864 --limit 1000 write 2000000").finish() == 0)
    let recording = try Recording(trace)
    let written = recording.increfs[0, default: []].count
    #expect(written < 2_000_000)
    #expect(recording.losses.first?.cause == LossCause.sizeLimit.rawValue)
    #expect(written + Int(recording.losses.first?.events ?? 0) == 2_000_000)
  }

  @Test(arguments: [SIGKILL, SIGSEGV, SIGTERM])
  func aKilledProgramLeavesAWholeTrace(signal: Int32) throws {
    #expect(Program("record \(trace) kill 100000 \(signal)").finish() == -signal)
    let recording = try Recording(trace)
    #expect(recording.end == ProgramEnd(status: signal, wasSignalled: true))
    #expect(recording.isWhole(0, 100_000))
    #expect(directory.names == ["t.exv"])
  }

  @Test func aForwardedSignalEndsTheProgramAndThenTheRecorder() throws {
    let program = Program("record \(trace) wait 1000 \(directory.file("ready"))")
    waitFor("ready")
    program.send(SIGTERM)
    #expect(program.finish() == -SIGTERM)
    #expect(try Recording(trace).isWhole(0, 1000))
  }

  @Test func interruptsAreTheProgramsOwn() throws {
    let program = Program("record \(trace) wait 1000 \(directory.file("ready"))")
    waitFor("ready")
    program.send(SIGINT)
    program.send(SIGQUIT)
    program.send(SIGUSR1)
    #expect(program.finish() == -SIGUSR1)
  }

  @Test func theRecorderStopsAndGoesOnWithTheProgram() throws {
    let recorder = Program("record \(trace) --capacity 131072 stop 100000")
    #expect(recorder.waitForStop())
    recorder.send(SIGCONT)
    #expect(recorder.finish() == 0)
    #expect(try Recording(trace).isWhole(0, 200_000))
  }

  @Test func aProgramContinuedAloneContinuesItsRecorder() throws {
    let recorder = Program("record \(trace) --capacity 131072 stop 100000")
    #expect(recorder.waitForStop())
    kill(pid_t(try RingFile(path: trace + ".ring").writerPid), SIGCONT)
    #expect(recorder.finish() == 0)
    #expect(try Recording(trace).isWhole(0, 200_000))
  }

  @Test(arguments: [1000, 2_000_000])
  func aKilledRecorderLeavesTheRestInTheRing(count: Int) throws {
    let recorder = Program("record \(trace) wait \(count) \(directory.file("ready"))")
    waitFor("ready")
    let ring = try RingFile(path: trace + ".ring")
    recorder.send(SIGKILL)
    #expect(recorder.finish() == -SIGKILL)
    let recording = try Recording(trace)
    #expect(!recording.isClosed)
    #expect(recording.isWhole(0, count))
    // The same when the program is killed as well.
    kill(pid_t(ring.writerPid), SIGKILL)
    #expect(try Recording(trace).isWhole(0, count))
    #expect(directory.has("t.exv.ring"))
  }

  @Test(arguments: [1_000, 70_000, 140_000, 300_000, 900_000, 1_700_000, 2_500_000])
  func whateverWasCommittedIsFoundWhenBothAreKilled(position: UInt64) throws {
    let recorder = Program("record \(trace) --capacity 1048576 write 100000000")
    var ring: RingFile?
    while ring.map({ $0.head < position || $0.writerPid == 0 }) ?? true { ring = try? RingFile(path: trace + ".ring") }
    recorder.send(SIGKILL)
    kill(pid_t(ring?.writerPid ?? 0), SIGKILL)
    recorder.finish()
    while let pid = ring?.writerPid, kill(pid_t(pid), 0) == 0, !isZombie(pid) {}
    let left = try RingFile(path: trace + ".ring")
    let recording = try Recording(trace)
    let found = recording.increfs[0, default: []].count
    #expect(recording.isWhole(0, found))
    #expect(recording.losses.isEmpty)
    // The rest of the units are the definition, stalls and pads, of at most five units at each end of a lap.
    let laps = Int(left.head) / 65_536
    #expect(found >= Int(left.head) - 2 - 2 * recording.stalls - 5 * laps)
    #expect(found <= Int(left.head) - 2)
  }

  /// An orphan that nobody has waited for yet is dead as well.
  private func isZombie(_ pid: UInt32) -> Bool {
    var bytes = [UInt8](repeating: 0, count: 512)
    let descriptor = open("/proc/\(pid)/stat", O_RDONLY)
    guard descriptor >= 0 else { return true }
    defer { close(descriptor) }
    let count = read(descriptor, &bytes, bytes.count)
    return String(decoding: bytes[..<max(0, count)], as: UTF8.self).contains(") Z ")
  }

  @Test func aProgramGoesOnWithoutItsRecorder() throws {
    let recorder = Program("record \(trace) --capacity 131072 orphan 100000 \(directory.file("ready"))")
    waitFor("ready")
    // Not waited for yet: a zombie must count as dead.
    recorder.send(SIGKILL)
    waitFor("ready2")
    recorder.finish()
    let recording = try Recording(trace)
    let found = recording.increfs[0, default: []].count
    #expect(recording.isWhole(0, found))
    #expect(found > 100_000)
    let ring = try RingFile(path: trace + ".ring")
    #expect(found + Int(ring.droppedEvents) == 200_000)
    #expect(ring.endStatus == 0)
  }

  @Test func forkedChildrenHaveStreamsOfTheirOwn() throws {
    #expect(Program("record \(trace) fork 50000 3").finish() == 0)
    let recording = try Recording(trace)
    for stream: UInt32 in 0...3 { #expect(recording.isWhole(stream, 50_000)) }
    #expect(recording.increfs.count == 4)
    #expect(directory.names == ["t.exv"])
  }

  @Test func anExistingTraceIsOnlyOverwrittenWithForce() throws {
    #expect(Program("record \(trace) write 10").finish() == 0)
    #expect(Program("record \(trace) write 20").finish() == 99)
    #expect(try Recording(trace).isWhole(0, 10))
    #expect(Program("record \(trace) --force write 20").finish() == 0)
    #expect(try Recording(trace).isWhole(0, 20))
  }

  @Test func anUnwritableOutputRunsNothing() {
    #expect(Program("record /nonexistent/t.exv wait 1 \(directory.file("ready"))").finish() == 99)
    #expect(!directory.has("ready"))
  }

  @Test func aRingInUseIsNotTakenAway() throws {
    let program = Program("record \(trace) wait 1000 \(directory.file("ready"))")
    waitFor("ready")
    #expect(Program("record \(trace) --force write 10").finish() == 99)
    program.send(SIGTERM)
    program.finish()
    #expect(try Recording(trace).isWhole(0, 1000))
  }

  @Test func aKilledWaiterIsStillSeen() throws {
    let ring = directory.file("lone.ring")
    let reader = try EventReader.create(path: ring, options: RingOptions())
    let writer = try EventWriter.attach(path: ring)
    writer.setThread(1, kernelThread: 11)
    writer.setThread(257, kernelThread: 12)
    writer.setThread(2, kernelThread: 13)
    writer.clearThread(2)
    writer.setGILHolder(1)
    writer.setWaiting(thread: 257, lock: 7, since: 99)
    writer.write(UInt64(EventKind.incref.rawValue) | 5 << 32, 0)
    let file = try RingFile(path: ring)
    #expect(
      file.threads == [
        RingThread(thread: 1, kernelThread: 11, waitingFor: nil, waitingSince: 0, holdsGIL: true),
        RingThread(thread: 257, kernelThread: 12, waitingFor: 7, waitingSince: 99, holdsGIL: false),
      ])
    #expect(try file.records(from: 0).words == [UInt64(EventKind.incref.rawValue) | 5 << 32, 0])
    _ = reader
  }

  private func waitFor(_ name: String) {
    while !directory.has(name) { usleep(1000) }
  }
}
