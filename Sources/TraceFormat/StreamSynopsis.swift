// Sums over all events of one stream, kept by the writer as chunks go by and stored in each index chunk, so that `info`
// need not decode.

import TraceModel

/// Sums of a stream from its start.
public struct StreamSynopsis: Sendable, Equatable {
  public var stream: UInt32 = 0
  public var events: UInt64 = 0
  public var definitions: UInt64 = 0
  public var births: UInt64 = 0
  public var deaths: UInt64 = 0
  /// Nil when sizes could not be kept.
  public var liveBytes: UInt64? = 0
  public var peakLiveObjects: UInt64 = 0
  public var peakLiveBytes: UInt64? = 0
  public var firstTime: UInt64 = 0
  public var lastTime: UInt64 = 0
  /// Events that `loss` records count.
  public var lostEvents: UInt64 = 0
  /// Records by kind byte, 256 of them.
  public var counts = [UInt64](repeating: 0, count: 256)

  public init(stream: UInt32) { self.stream = stream }

  /// Births less deaths; objects that were alive before the recording began are not among the births.
  public var liveObjects: UInt64 { births >= deaths ? births - deaths : 0 }

  static let encodedBytes = 4 + 4 + 10 * 8 + 256 * 8

  func append(to writer: inout ByteWriter) {
    writer.append(stream)
    writer.append(UInt32(liveBytes == nil ? 0 : 1))
    for value in [
      events, definitions, births, deaths, liveBytes ?? 0, peakLiveObjects, peakLiveBytes ?? 0, firstTime, lastTime,
      lostEvents,
    ] {
      writer.append(value)
    }
    for count in counts { writer.append(count) }
  }

  init?(_ reader: inout ByteReader) {
    guard reader.remaining >= Self.encodedBytes, let stream = reader.read(UInt32.self),
      let flags = reader.read(UInt32.self)
    else { return nil }
    var values: [UInt64] = []
    for _ in 0..<266 {
      guard let value = reader.read(UInt64.self) else { return nil }
      values.append(value)
    }
    self.stream = stream
    events = values[0]
    definitions = values[1]
    births = values[2]
    deaths = values[3]
    liveBytes = flags & 1 != 0 ? values[4] : nil
    peakLiveObjects = values[5]
    peakLiveBytes = flags & 1 != 0 ? values[6] : nil
    firstTime = values[7]
    lastTime = values[8]
    lostEvents = values[9]
    counts = Array(values[10...])
  }
}

/// Goes over records before they are encoded: validates, counts, follows live bytes, finds the times, tells definitions
/// from events.
@safe final class StreamScanner {
  private(set) var synopsis: StreamSynopsis
  private let live = LiveTable()
  private let counts: UnsafeMutablePointer<UInt64>
  private let hasTime: UnsafeMutablePointer<Bool>

  /// Safe: both tables have 256 entries and are indexed by a byte; records are read only below the end that is passed
  /// in.
  init(stream: UInt32) {
    synopsis = StreamSynopsis(stream: stream)
    if !live.isExact {
      synopsis.liveBytes = nil
      synopsis.peakLiveBytes = nil
    }
    unsafe counts = .allocate(capacity: 256)
    unsafe counts.initialize(repeating: 0, count: 256)
    unsafe hasTime = .allocate(capacity: 256)
    unsafe hasTime.initialize(repeating: false, count: 256)
    for kind in EventKind.allCases where EventSpec.spec(kind).hasTime { unsafe hasTime[Int(kind.rawValue)] = true }
  }

  deinit {
    unsafe counts.deallocate()
    unsafe hasTime.deallocate()
  }

  /// What a scan found.
  struct Result {
    var events = 0
    var definitions = 0
    var definitionWords = 0
    var firstTime: UInt64 = 0
    var lastTime: UInt64 = 0
  }

  /// Adds `words` to the sums; nil when they are no whole, known records (the sums are then of no use).
  func scan(_ words: UnsafeBufferPointer<UInt64>) -> Result? {
    var result = Result()
    result.firstTime = synopsis.lastTime
    guard let base = words.baseAddress else {
      result.lastTime = synopsis.lastTime
      return result
    }
    let shapes = unsafe RecordShapes.shared.table
    var record = unsafe base
    let end = unsafe base + words.count
    var sums = synopsis
    sums.counts = []
    var liveBytes = sums.liveBytes ?? 0
    var peakBytes = sums.peakLiveBytes ?? 0
    var timed = false
    var increfs: UInt64 = 0
    var decrefs: UInt64 = 0
    while unsafe record < end {
      let word0 = unsafe record[0]
      let kind = UInt8(truncatingIfNeeded: word0)
      let shape = unsafe shapes[Int(kind)]
      // Most records have two words. The branch lets the processor go on to the next one before it knows this one's shape.
      if kind == EventKind.incref.rawValue || kind == EventKind.decref.rawValue {
        guard unsafe end - record >= 2 else { return nil }
        if kind == EventKind.incref.rawValue { increfs &+= 1 } else { decrefs &+= 1 }
        unsafe record += 2
        continue
      }
      guard shape != 0, unsafe end - record >= 2 else { return nil }
      if shape & RecordShapes.payloadBit != 0, unsafe record[1] & 0xFFFF_FFFF > UInt64(payloadBytesMax) { return nil }
      unsafe counts[Int(kind)] &+= 1
      let count = unsafe RecordShapes.wordCount(shape: shape, word1: record[1])
      guard unsafe count <= end - record else { return nil }
      switch kind {
      case EventKind.store.rawValue: break
      case EventKind.alloc.rawValue, EventKind.allocLarge.rawValue:
        let size = unsafe kind == EventKind.alloc.rawValue ? record[1] >> 28 & 0xFFF_FFFF : record[2]
        let before = live.set(UInt32(truncatingIfNeeded: word0 >> 32), size: size) ?? 0
        liveBytes = liveBytes &- before &+ size
        peakBytes = max(peakBytes, liveBytes)
        sums.births &+= 1
        sums.peakLiveObjects = max(sums.peakLiveObjects, sums.births &- min(sums.deaths, sums.births))
      case EventKind.dealloc.rawValue:
        liveBytes = liveBytes &- (live.take(UInt32(truncatingIfNeeded: word0 >> 32)) ?? 0)
        sums.deaths &+= 1
      case EventKind.resize.rawValue:
        // N.B. an object from before the recording has no size before: it enters the sum here.
        let before = unsafe live.set(UInt32(truncatingIfNeeded: word0 >> 32), size: record[1]) ?? 0
        liveBytes = unsafe liveBytes &- before &+ record[1]
        peakBytes = max(peakBytes, liveBytes)
      case EventKind.move.rawValue:
        if let size = live.take(UInt32(truncatingIfNeeded: word0 >> 32)) {
          let replaced = unsafe live.set(UInt32(truncatingIfNeeded: record[1]), size: size) ?? 0
          liveBytes = liveBytes &- replaced
        }
      case EventKind.loss.rawValue: unsafe sums.lostEvents &+= record[2]
      default:
        if kind < 16 {
          result.definitions += 1
          result.definitionWords += count
        }
      }
      if unsafe hasTime[Int(kind)] {
        if !timed {
          timed = true
          result.firstTime = unsafe record[1]
          if sums.events == 0 { sums.firstTime = unsafe record[1] }
        }
        sums.lastTime = unsafe max(sums.lastTime, record[1])
      }
      if kind >= 16 { result.events += 1 }
      if count == 2 { unsafe record += 2 } else { unsafe record += count }
    }
    result.events += Int(increfs &+ decrefs)
    unsafe counts[Int(EventKind.incref.rawValue)] &+= increfs
    unsafe counts[Int(EventKind.decref.rawValue)] &+= decrefs
    sums.events &+= UInt64(result.events)
    sums.definitions &+= UInt64(result.definitions)
    if sums.liveBytes != nil {
      sums.liveBytes = liveBytes
      sums.peakLiveBytes = peakBytes
    }
    sums.counts = synopsis.counts
    synopsis = sums
    result.lastTime = sums.lastTime
    return result
  }

  /// Takes the scans since `before` (a `total`) back: their words did not get into the file. The bytes that live stay, as their objects
  /// do live. Nothing happens when more was taken back already.
  func takeBack(to before: StreamSynopsis) {
    guard before.events + before.definitions <= synopsis.events + synopsis.definitions else { return }
    let (liveBytes, peakBytes) = (synopsis.liveBytes, synopsis.peakLiveBytes)
    synopsis = before
    synopsis.liveBytes = liveBytes
    synopsis.peakLiveBytes = peakBytes
    for kind in 0..<256 { unsafe counts[kind] = before.counts[kind] }
  }

  /// The sums so far, counts by kind included.
  var total: StreamSynopsis {
    var total = synopsis
    for kind in 0..<256 { total.counts[kind] = unsafe counts[kind] }
    return total
  }
}
