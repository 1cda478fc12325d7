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

  private static let valueCount = 10 + 256
  static let encodedBytes = 4 + 4 + valueCount * 8

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
    for _ in 0..<Self.valueCount {
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
    /// Words of the whole, known records.
    var words = 0
    /// Behind them a pad fills the rest.
    var endsAtPad = false
    /// Behind them stands what is no whole, known record.
    var isDamaged = false
    var firstTime: UInt64 = 0
    var lastTime: UInt64 = 0
    fileprivate var hasTime = false
  }

  /// Adds the records of `words` to the sums, up to the first one that begins at `wordsMax` or behind it, to a pad, or to what is no
  /// whole, known record.
  func scan(_ words: UnsafeBufferPointer<UInt64>, wordsMax: Int = .max) -> Result {
    var result = Result()
    result.firstTime = synopsis.lastTime
    result.lastTime = synopsis.lastTime
    guard let base = words.baseAddress else { return result }
    let live = self.live
    let counts = unsafe self.counts
    let shapes = unsafe RecordShapes.shared.table
    let end = unsafe base + words.count
    let stop = unsafe base + min(words.count, wordsMax)
    var record = unsafe base
    var liveBytes = synopsis.liveBytes ?? 0
    var peakBytes = synopsis.peakLiveBytes ?? 0
    let (birthsBefore, deathsBefore) = (synopsis.births, synopsis.deaths)
    var births = birthsBefore
    var deaths = deathsBefore
    var largeBirths: UInt64 = 0
    var others: UInt64 = 0
    var peakObjects = synopsis.peakLiveObjects
    var increfs: UInt64 = 0
    var decrefs: UInt64 = 0
    // N.B. `end` is at least two words away: rings and chunks hold units of two.
    while unsafe record < stop {
      let word0 = unsafe record[0]
      let kind = UInt8(truncatingIfNeeded: word0)
      let object = UInt32(truncatingIfNeeded: word0 >> 32)
      if kind == EventKind.dealloc.rawValue {
        let mark = unsafe live.mark(object)
        let size = unsafe mark.pointee
        // N.B. less one, `unknown` is the largest number.
        if size &- 1 < LiveTable.sizeMarkMax {
          unsafe mark.pointee = LiveTable.dead
          liveBytes &-= UInt64(size &- 1)
        } else {
          liveBytes &-= live.take(object) ?? 0
        }
        deaths &+= 1
        unsafe record += 2
      } else if kind == EventKind.alloc.rawValue {
        let size = unsafe record[1] >> 28 & 0xFFF_FFFF
        let mark = unsafe live.mark(object)
        if unsafe mark.pointee == LiveTable.dead {
          unsafe mark.pointee = UInt32(truncatingIfNeeded: size) &+ 1
          liveBytes &+= size
        } else {
          liveBytes = liveBytes &- live.set(object, size: size) &+ size
        }
        births &+= 1
        peakBytes = max(peakBytes, liveBytes)
        peakObjects = max(peakObjects, births &- min(deaths, births))
        unsafe record += 2
      } else if kind == EventKind.incref.rawValue {
        increfs &+= 1
        unsafe record += 2
      } else if kind == EventKind.decref.rawValue {
        decrefs &+= 1
        unsafe record += 2
      } else {
        let shape = unsafe shapes[Int(kind)]
        let hasPayload = shape & RecordShapes.payloadBit != 0
        guard shape != 0, unsafe !hasPayload || record[1] & 0xFFFF_FFFF <= UInt64(payloadBytesMax) else {
          result.endsAtPad = unsafe word0 == RingLayout.padKind | UInt64((end - record) * 8) << 8
          result.isDamaged = !result.endsAtPad
          break
        }
        let count = unsafe RecordShapes.wordCount(shape: shape, word1: record[1])
        guard unsafe count <= end - record else {
          result.isDamaged = true
          break
        }
        others &+= 1
        unsafe counts[Int(kind)] &+= 1
        switch kind {
        case EventKind.allocLarge.rawValue:
          let size = unsafe record[2]
          liveBytes = liveBytes &- live.set(object, size: size) &+ size
          births &+= 1
          largeBirths &+= 1
          peakBytes = max(peakBytes, liveBytes)
          peakObjects = max(peakObjects, births &- min(deaths, births))
        case EventKind.resize.rawValue:
          // N.B. an object from before the recording has no size before: it enters the sum here.
          let size = unsafe record[1]
          liveBytes = liveBytes &- live.set(object, size: size) &+ size
          peakBytes = max(peakBytes, liveBytes)
        case EventKind.move.rawValue:
          if let size = live.take(object) {
            liveBytes &-= unsafe live.set(UInt32(truncatingIfNeeded: record[1]), size: size)
          }
        case EventKind.loss.rawValue: unsafe synopsis.lostEvents &+= record[2]
        default:
          if kind < 16 {
            result.definitions &+= 1
            result.definitionWords &+= count
          }
        }
        if unsafe hasTime[Int(kind)] { unsafe note(time: record[1], &result) }
        unsafe record += count
      }
    }
    result.words = unsafe record - base
    let allocs = births &- birthsBefore &- largeBirths
    let deallocs = deaths &- deathsBefore
    unsafe counts[Int(EventKind.alloc.rawValue)] &+= allocs
    unsafe counts[Int(EventKind.dealloc.rawValue)] &+= deallocs
    unsafe counts[Int(EventKind.incref.rawValue)] &+= increfs
    unsafe counts[Int(EventKind.decref.rawValue)] &+= decrefs
    result.events = Int(allocs &+ deallocs &+ increfs &+ decrefs &+ others) - result.definitions
    synopsis.events &+= UInt64(result.events)
    synopsis.definitions &+= UInt64(result.definitions)
    synopsis.births = births
    synopsis.deaths = deaths
    synopsis.peakLiveObjects = peakObjects
    if live.isExact {
      synopsis.liveBytes = liveBytes
      synopsis.peakLiveBytes = peakBytes
    }
    result.lastTime = synopsis.lastTime
    return result
  }

  /// Notes the exact time of a record.
  private func note(time told: UInt64, _ result: inout Result) {
    let time = min(told, Limits.timeMax)
    if !result.hasTime {
      result.hasTime = true
      result.firstTime = time
      if synopsis.events == 0 { synopsis.firstTime = time }
    }
    synopsis.lastTime = max(synopsis.lastTime, time)
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
