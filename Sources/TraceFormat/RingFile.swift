// Reads a ring file that a killed recording left behind, or that a running one is using: what was committed and not yet
// drained, and what each thread waits for. Only reads; bounds-checks everything; no content makes it crash or allocate
// more than the file's size.

import Glibc
import TraceModel

/// What a thread was doing when the ring was last written.
public struct RingThread: Sendable, Equatable {
  public let thread: UInt32
  /// The kernel's id of the thread.
  public let kernelThread: UInt32
  /// The lock that it waits for (0 is the GIL); nil when it runs.
  public let waitingFor: UInt32?
  /// Nanoseconds since the start when that wait began.
  public let waitingSince: UInt64
  public let holdsGIL: Bool

  public init(thread: UInt32, kernelThread: UInt32, waitingFor: UInt32?, waitingSince: UInt64, holdsGIL: Bool) {
    self.thread = thread
    self.kernelThread = kernelThread
    self.waitingFor = waitingFor
    self.waitingSince = waitingSince
    self.holdsGIL = holdsGIL
  }
}

/// The header of a ring file, and access to its records. Ring positions are in units of 16 bytes, as in chunk headers.
public struct RingFile: Sendable {
  public let path: String
  public let stream: UInt32
  public let parentStream: UInt32
  public let writerPid: UInt32
  public let consumerPid: UInt32
  public let startMonotonic: UInt64
  public let head: UInt64
  public let tail: UInt64
  /// Records that the writer dropped, and how many of them were definitions.
  public let droppedEvents: UInt64
  public let droppedDefinitions: UInt64
  /// The record of the losses that the writer has not told in one of its own, when there are any.
  public let pendingLoss: [UInt64]
  /// Exit status of a stream that came to its end.
  public let endStatus: Int32?
  /// In the root ring: streams announced so far, the root itself included.
  public let announcedStreams: UInt32
  /// Living threads, by thread id.
  public let threads: [RingThread]
  private let capacityUnits: UInt64

  /// Reads the header.
  public init(path: String) throws(TraceError) {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw TraceError(.system(errno), path: path, "the ring file cannot be opened") }
    defer { close(descriptor) }
    let words = try Self.read(descriptor, path: path, offset: 0, count: RingLayout.dataOffset / 8)
    func word(_ offset: Int) -> UInt64 { words[offset / 8] }
    func half(_ offset: Int) -> UInt32 { UInt32(truncatingIfNeeded: words[offset / 8] >> UInt64((offset & 4) * 8)) }

    guard word(RingLayout.magic) == RingLayout.magicValue, half(RingLayout.version) == RingLayout.versionValue else {
      throw TraceError(.corrupt, path: path, "no ring file of this version")
    }
    let capacity = word(RingLayout.capacity)
    let (head, tail) = (word(RingLayout.head), word(RingLayout.tail))
    guard capacity >= RingLayout.capacityMin, capacity <= RingLayout.capacityMax, capacity & (capacity - 1) == 0 else {
      throw TraceError(.corrupt, path: path, offset: UInt64(RingLayout.capacity), "an impossible ring capacity")
    }
    guard head >= tail, head - tail <= capacity, (head | tail) & 15 == 0 else {
      throw TraceError(.corrupt, path: path, offset: UInt64(RingLayout.head), "impossible ring positions")
    }
    self.path = path
    capacityUnits = capacity / 16
    stream = half(RingLayout.stream)
    parentStream = half(RingLayout.parentStream)
    writerPid = half(RingLayout.writerPid)
    consumerPid = half(RingLayout.consumerPid)
    startMonotonic = word(RingLayout.startMonotonic)
    self.head = head / 16
    self.tail = tail / 16
    droppedEvents = word(RingLayout.droppedEvents)
    droppedDefinitions = word(RingLayout.droppedDefinitions)
    let cause: LossCause = half(RingLayout.dropping) == RingLayout.droppingForever ? .consumerDead : .ringFull
    let lost = word(RingLayout.pendingLoss)
    pendingLoss =
      lost == 0
      ? []
      : [
        UInt64(EventKind.loss.rawValue) | cause.rawValue << 8,
        min(word(RingLayout.pendingLossTime), Limits.timeMax), lost, 0,
      ]
    let ended = word(RingLayout.endState)
    endStatus = ended & RingLayout.endedBit == 0 ? nil : Int32(truncatingIfNeeded: ended)
    announcedStreams = half(RingLayout.nextStream)
    let holder = half(RingLayout.gilHolder)
    threads = (0..<RingLayout.threadRowCount).compactMap { index in
      let row = RingLayout.threadRows + index * RingLayout.threadRowBytes
      let thread = half(row + RingLayout.rowThread)
      guard thread != 0 else { return nil }
      let waiting = word(row + RingLayout.rowWaiting)
      return RingThread(
        thread: thread, kernelThread: half(row + RingLayout.rowKernelThread),
        waitingFor: waiting == 0 ? nil : UInt32(truncatingIfNeeded: waiting &- 1),
        waitingSince: word(row + RingLayout.rowSince), holdsGIL: thread == holder)
    }.sorted { $0.thread < $1.thread }
  }

  /// The ring files that stand beside the root ring `root`, itself first: those of forked children follow by stream.
  public static func paths(root: String) -> [String] {
    guard let ring = try? RingFile(path: root) else { return [] }
    let last = min(ring.announcedStreams, UInt32(Limits.streamsMax))
    return [root] + (1..<max(1, last)).map { root + ".\($0)" }.filter { unsafe access($0, F_OK) == 0 }
  }

  /// The committed records from ring position `from` on (the largest `ringEnd` of this stream's chunks of events), pads
  /// left out.
  public func records(from: UInt64) throws(TraceError) -> RingTail {
    let begin = max(tail, from)
    guard begin < head else { return RingTail(stream: stream, begin: head, words: [], isTorn: false) }
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw TraceError(.system(errno), path: path, "the ring file cannot be opened") }
    defer { close(descriptor) }
    let place = begin & (capacityUnits - 1)
    let beforeLapEnd = min(head - begin, capacityUnits - place)
    let afterLapEnd = head - begin - beforeLapEnd
    let data = UInt64(RingLayout.dataOffset)
    var words = try Self.read(descriptor, path: path, offset: data + place * 16, count: Int(beforeLapEnd) * 2)
    if afterLapEnd > 0 { words += try Self.read(descriptor, path: path, offset: data, count: Int(afterLapEnd) * 2) }

    // A running recorder may have moved the tail meanwhile, and the program may have overwritten what was before it.
    let header = try Self.read(descriptor, path: path, offset: 0, count: RingLayout.threadRows / 8)
    let tailNow = header[RingLayout.tail / 8] / 16
    let stale = tailNow > begin ? min(tailNow - begin, head - begin) : 0
    return withoutPads(words[Int(stale * 2)...], begin: begin + stale)
  }

  /// Copies whole records; stops at the first that is none.
  private func withoutPads(_ words: ArraySlice<UInt64>, begin: UInt64) -> RingTail {
    var result: [UInt64] = []
    result.reserveCapacity(words.count)
    var index = words.startIndex
    var copied = index
    var isTorn = false
    while index + 1 < words.endIndex {
      if words[index] & 0xFF == RingLayout.padKind {
        let padWords = words[index] >> 8 / 8
        guard padWords > 0, padWords & 1 == 0, padWords <= UInt64(words.endIndex - index) else {
          isTorn = true
          break
        }
        result += words[copied..<index]
        index += Int(padWords)
        copied = index
        continue
      }
      guard let bytes = RecordSizes.bytes(word0: words[index], word1: words[index + 1]),
        bytes / 8 <= words.endIndex - index
      else {
        isTorn = true
        break
      }
      index += bytes / 8
    }
    result += words[copied..<index]
    return RingTail(stream: stream, begin: begin, words: result, isTorn: isTorn)
  }

  /// `count` words at byte `offset`; fewer bytes in the file are an error.
  private static func read(
    _ descriptor: Int32, path: String, offset: UInt64, count: Int
  ) throws(TraceError) -> [UInt64] {
    // The file holds them before they are allocated.
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0, UInt64(max(0, status.st_size)) >= offset + UInt64(count) * 8 else {
      throw TraceError(.corrupt, path: path, offset: UInt64(max(0, status.st_size)), "the ring file is cut short")
    }
    var words = [UInt64](repeating: 0, count: count)
    var done = 0
    let failure: Int32 = unsafe words.withUnsafeMutableBytes { bytes in
      while done < bytes.count {
        guard let base = bytes.baseAddress else { return 0 }
        let got = unsafe pread(descriptor, base + done, bytes.count - done, off_t(offset) + off_t(done))
        if got < 0 && errno == EINTR { continue }
        guard got > 0 else { return got < 0 ? errno : EIO }
        done += got
      }
      return 0
    }
    guard failure == 0 else { throw TraceError(.system(failure), path: path, "the ring file cannot be read") }
    return words
  }
}
