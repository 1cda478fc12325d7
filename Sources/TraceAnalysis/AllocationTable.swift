// Births and deaths by type or by site while they are counted. What a birth or a death touches of a row is one cache line.

import TraceModel

/// Safe: `rows` has `count` rows, at least one, on borders of cache lines; `row` keeps every index below; freed only here.
@safe struct AllocationTable: ~Copyable {
  /// 64 bytes.
  private struct Row {
    var births: UInt64 = 0
    var bytes: UInt64 = 0
    var live: UInt64 = 0
    var liveBytes: UInt64 = 0
    var peakLive: UInt64 = 0
    /// By cause: reference count, collector, shutdown.
    var deaths: (UInt64, UInt64, UInt64) = (0, 0, 0)
  }

  private let rows: UnsafeMutablePointer<Row>
  private let count: Int
  /// What lived at the program's end, by row; empty until then.
  private var ends: [(objects: UInt64, bytes: UInt64)] = []

  init(count: Int) {
    self.count = max(1, count)
    unsafe rows = UnsafeMutableRawPointer.allocate(byteCount: self.count * MemoryLayout<Row>.stride, alignment: 64)
      .bindMemory(to: Row.self, capacity: self.count)
    unsafe rows.initialize(repeating: Row(), count: self.count)
  }

  deinit { unsafe rows.deallocate() }

  /// An id that the trace does not define counts as unknown.
  @inline(__always) private func row(_ id: UInt32) -> UnsafeMutablePointer<Row> {
    unsafe rows + (Int(id) < count ? Int(id) : 0)
  }

  /// What lives before anything is counted.
  func begin(_ id: UInt32, _ objects: UInt64, _ bytes: UInt64) {
    let row = unsafe row(id)
    unsafe row.pointee.live += objects
    unsafe row.pointee.liveBytes &+= bytes
    unsafe row.pointee.peakLive = row.pointee.live
  }

  /// Whether it was the row's first.
  @inline(__always) func birth(_ id: UInt32, _ size: UInt64) -> Bool {
    let row = unsafe row(id)
    unsafe row.pointee.births &+= 1
    unsafe row.pointee.bytes &+= size
    unsafe row.pointee.live &+= 1
    unsafe row.pointee.liveBytes &+= size
    if unsafe row.pointee.live > row.pointee.peakLive { unsafe row.pointee.peakLive = row.pointee.live }
    return unsafe row.pointee.births == 1
  }

  @inline(__always) func death(_ id: UInt32, _ size: UInt64, _ cause: DeathCause) {
    let row = unsafe row(id)
    switch cause {
    case .refcount: unsafe row.pointee.deaths.0 &+= 1
    case .collector: unsafe row.pointee.deaths.1 &+= 1
    case .shutdown: unsafe row.pointee.deaths.2 &+= 1
    }
    if unsafe row.pointee.live > 0 { unsafe row.pointee.live &-= 1 }
    unsafe row.pointee.liveBytes &-= min(size, row.pointee.liveBytes)
  }

  /// A living object got another size.
  func resize(_ id: UInt32, from old: UInt64, to new: UInt64) {
    let row = unsafe row(id)
    unsafe row.pointee.liveBytes = row.pointee.liveBytes &- old &+ new
    if new > old { unsafe row.pointee.bytes &+= new - old }
  }

  /// Remembers what lives now as what lived at the program's end.
  mutating func noteProgramEnd() {
    ends = (0..<count).map { unsafe (rows[$0].live, rows[$0].liveBytes) }
  }

  /// By id.
  var counts: [AllocationCounts] {
    (0..<count).map { index in
      let row = unsafe rows[index]
      let end = ends.isEmpty ? (objects: 0, bytes: 0) : ends[index]
      var counts = AllocationCounts()
      (counts.births, counts.bytes) = (row.births, row.bytes)
      (counts.deathsByRefcount, counts.deathsByCollector, counts.deathsByShutdown) = row.deaths
      (counts.live, counts.liveBytes, counts.peakLive) = (row.live, row.liveBytes, row.peakLive)
      (counts.endLive, counts.endLiveBytes) = end
      return counts
    }
  }
}
