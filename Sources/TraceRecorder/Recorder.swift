// The consumer process: makes the ring, starts the program, moves records from the rings into the trace until the program and its forked children
// have ended, and says how the program ended.
//
// The loop: 1. forward signals; 2. look whether the program was stopped or ended; 3. map the rings of children that were announced; 4. drain;
// 5. drop the streams that have ended; 6. sleep, at most 10 ms, when nothing moved. Nothing in it waits for the program.

import CRuntimeSupport
import EventRing
import Glibc
import TraceFormat
import TraceModel

public final class Recorder {
  private let options: RecorderOptions
  private let program: TracedProgram
  private let signals: RecorderSignals
  private let sink: ChunkSink
  private let root: RecordedStream
  private var children: [RecordedStream] = []
  /// Streams announced, and those of them whose ring could not be opened yet, with the number of attempts.
  private var announced: UInt32 = 1
  private var awaited: [UInt32: Int] = [:]
  private var end: ProgramEnd?
  /// TERM came after the program's end: do not wait for its children.
  private var isAbandoned = false
  private var droppedByWriters: UInt64 = 0
  private var stalled: UInt64 = 0
  /// Whether the program came to its first instruction; when it did not, there is no trace.
  public private(set) var hasBegun = true

  private static let sleepNanoseconds: UInt64 = 10_000_000
  private static let attemptsMax = 500

  /// Makes ring and trace and starts the program. On an error nothing is left behind.
  public init(_ options: RecorderOptions) throws(RecorderError) {
    self.options = options
    try Self.checkOutput(options)
    if options.force { try Self.removeRings(options.ringPath) }
    var ringOptions = RingOptions()
    ringOptions.capacity = options.ringCapacity
    ringOptions.mode = options.mode
    ringOptions.detail = options.detail
    ringOptions.consumerPid = UInt32(getpid())
    let reader: EventReader
    do throws(RingError) {
      reader = try EventReader.create(path: options.ringPath, options: ringOptions)
    } catch { throw .ring(error) }
    root = RecordedStream(reader)
    let installed = RecorderSignals.install()
    signals = installed
    var ownsTrace = false
    do throws(RecorderError) {
      let prepared = try TracedProgram.prepare(
        path: options.executable, arguments: options.arguments,
        variables: [(EventWriter.ringVariable, Self.absolute(options.ringPath))], signals: installed)
      let writer: TraceWriter
      do throws(TraceError) {
        let header = Self.header(options, reader: reader, pid: prepared.pid)
        writer = try TraceWriter(
          path: options.output, header: header, force: options.force,
          reserver: { -exuvia_set_aside($0, Int64(clamping: $1), Int64($2)) })
      } catch {
        prepared.cancel()
        throw .trace(error)
      }
      ownsTrace = true
      // The program starts up while the encoders are made.
      try prepared.go()
      program = prepared
      sink = ChunkSink(writer: writer, mode: options.mode, limit: options.limit)
    } catch {
      installed.restore()
      root.remove()
      if ownsTrace { unsafe unlink(options.output) }
      throw error
    }
  }

  private static func checkOutput(_ options: RecorderOptions) throws(RecorderError) {
    if unsafe access(options.output, F_OK) == 0 {
      if !options.force { throw .outputExists(options.output) }
      return
    }
    let directory = options.output.lastIndex(of: "/").map { String(options.output[...$0]) } ?? "."
    if unsafe access(directory, W_OK) != 0 {
      throw .cannotCreate(options.output, reason: unsafe String(cString: strerror(errno)))
    }
  }

  private static func header(_ options: RecorderOptions, reader: EventReader, pid: pid_t) -> TraceHeader {
    var header = TraceHeader()
    header.flags = options.mode == .block ? 0 : TraceHeader.Flags.lossy
    header.level = options.detail
    header.startWallNanoseconds = reader.startRealtime
    header.startMonotonicNanoseconds = reader.startMonotonic
    header.pid = UInt32(pid)
    header.program = options.programName
    header.arguments = options.programArguments
    header.ringPath = absolute(options.ringPath)
    header.runtime = options.runtimeName
    return header
  }

  private static func absolute(_ path: String) -> String {
    guard let resolved = unsafe realpath(path, nil) else { return path }
    defer { unsafe free(resolved) }
    return unsafe String(cString: resolved)
  }

  /// Deletes the rings of an earlier recording, unless it is still going on.
  private static func removeRings(_ path: String) throws(RecorderError) {
    if let ring = try? RingFile(path: path), ring.consumerPid != 0, ring.consumerPid != UInt32(getpid()),
      kill(pid_t(bitPattern: ring.consumerPid), 0) == 0
    {
      throw .busy(ring: path, pid: ring.consumerPid)
    }
    for old in RingFile.paths(root: path).reversed() { unsafe unlink(old) }
    unsafe unlink(path)
  }

  // MARK: The loop

  /// Records until the end. Call once.
  public func run() -> ProgramEnd {
    while true {
      forwardSignals()
      observeProgram()
      discoverChildren()
      var moved = root.drain(into: sink, everything: end != nil || root.reader.endStatus != nil)
      moved = drainChildren() || moved
      if end != nil, root.reader.available == 0, isAbandoned || children.isEmpty && awaited.isEmpty { break }
      if !moved, !sink.commitOldest(), end != nil || !root.reader.prepareAhead() { sleep() }
    }
    return close(end ?? ProgramEnd(status: 0))
  }

  private func sleep() {
    if end == nil, children.isEmpty, root.reader.endStatus != nil {
      // Nothing more is written; only the program's end is still to come.
      program.sleep(milliseconds: Int32(Self.sleepNanoseconds / 1_000_000))
    } else {
      root.reader.sleep(nanoseconds: Self.sleepNanoseconds, endIsNews: end == nil && children.isEmpty)
    }
  }

  private func forwardSignals() {
    for number in signals.fetch() {
      if end == nil { kill(program.pid, number) } else if number == SIGTERM { isAbandoned = true }
    }
  }

  private func observeProgram() {
    guard end == nil else { return }
    switch program.poll() {
    case .none: break
    case .ended(let end): self.end = end
    case .stopped:
      // Stop as well, so that the shell sees the whole job stopped; with the ring empty.
      _ = root.drain(into: sink, everything: true)
      sink.flush()
      root.reader.setStopped(true)
      kill(getpid(), SIGSTOP)
      root.reader.setStopped(false)
      kill(program.pid, SIGCONT)
    }
  }

  /// A child's stream number is taken before its ring is there, so the ring may take a moment.
  private func discoverChildren() {
    let now = min(root.reader.announcedStreams, UInt32(Limits.streamsMax))
    while announced < now {
      awaited[announced] = 0
      announced += 1
    }
    for (number, attempts) in awaited {
      if let reader = try? EventReader.open(path: root.reader.path + ".\(number)") {
        children.append(RecordedStream(reader))
        awaited[number] = nil
      } else {
        awaited[number] = attempts < Self.attemptsMax ? attempts + 1 : nil
      }
    }
  }

  private func drainChildren() -> Bool {
    var moved = false
    for child in children {
      let hasEnded = isAbandoned || child.hasEnded()
      moved = child.drain(into: sink, everything: hasEnded) || moved
      if hasEnded { finish(child) }
    }
    children.removeAll { finished.contains($0.stream) }
    return moved
  }

  private var finished: Set<UInt32> = []

  private func finish(_ stream: RecordedStream) {
    sink.flush()
    finished.insert(stream.stream)
    droppedByWriters += stream.reader.droppedEvents
    stalled += stream.reader.stalledNanoseconds
    // A child that lives on finds its ring without a consumer.
    stream.reader.setConsumer(pid: 0)
    stream.remove()
  }

  private func close(_ end: ProgramEnd) -> ProgramEnd {
    for child in children { finish(child) }
    // Nobody attached: there was no script, or it could not be compiled. A trace of that would look like a finished one.
    hasBegun = root.reader.writerPid != 0 || end.wasSignalled
    sink.finish(end)
    if !hasBegun { unsafe unlink(options.output) }
    finish(root)
    signals.restore()
    return end
  }

  // MARK: What to tell the user

  /// Lines on what is missing from the trace; none when it is complete.
  public var lossMessages: [String] {
    guard hasBegun else { return ["nothing was recorded, as the program did not begin; correct it and record again"] }
    var lines: [String] = []
    if let failure = sink.failure {
      let missing = sink.lost[.diskFull] ?? 0
      lines.append("\(failure.message)" + (missing > 0 ? " (\(missing) events are missing)" : ""))
    }
    if let missing = sink.lost[.sizeLimit] {
      lines.append("\(options.output): the limit is reached; \(missing) later events are missing")
    }
    if let missing = sink.lost[.evicted] {
      lines.append("\(options.output): holds the last part; \(missing) earlier events were let go")
    }
    if let missing = sink.lost[.corruptChunk] {
      lines.append("\(options.output): the ring was damaged by the program; at least \(missing) events are missing")
    }
    if droppedByWriters > 0 {
      lines.append("\(options.output): \(droppedByWriters) events were dropped because the ring was full")
    }
    return lines
  }

  public var recordCount: UInt64 { sink.recordCount }
  public var bytesWritten: UInt64 { sink.bytesWritten }
  public var stalledNanoseconds: UInt64 { stalled }
}
