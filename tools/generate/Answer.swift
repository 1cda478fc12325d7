// What an analysis of the generated trace must find.

/// Sums that the program keeps while it runs.
struct Answer {
  private(set) var births: UInt64 = 0
  private(set) var deaths: UInt64 = 0
  private(set) var liveBytes = 0
  private(set) var peakObjects: UInt64 = 0
  private(set) var peakBytes = 0
  /// By type id.
  private(set) var birthsByType: [UInt64]
  private(set) var deathsByType: [UInt64]
  private(set) var liveBytesByType: [Int]
  /// Deaths by the number of bits of the lifetime in events (from the allocation's number to the deallocation's).
  private(set) var lifetimes = [UInt64](repeating: 0, count: 40)

  init(types: Int) {
    birthsByType = Array(repeating: 0, count: types + 2)
    deathsByType = birthsByType
    liveBytesByType = Array(repeating: 0, count: types + 2)
  }

  mutating func birth(_ object: Object) {
    births += 1
    birthsByType[Int(object.type)] += 1
    liveBytes += Int(object.size)
    liveBytesByType[Int(object.type)] += Int(object.size)
    peakObjects = max(peakObjects, births - deaths)
    peakBytes = max(peakBytes, liveBytes)
  }

  mutating func death(_ object: Object, at event: UInt64) {
    deaths += 1
    deathsByType[Int(object.type)] += 1
    liveBytes -= Int(object.size)
    liveBytesByType[Int(object.type)] -= Int(object.size)
    lifetimes[64 - (event - object.birth).leadingZeroBitCount] += 1
  }

  mutating func finish() {
    while lifetimes.last == 0, lifetimes.count > 1 { lifetimes.removeLast() }
  }

  /// Members of a JSON object, one a line.
  var json: [String] {
    [
      "\"births\": \(births)", "\"deaths\": \(deaths)", "\"liveObjects\": \(births - deaths)",
      "\"liveBytes\": \(liveBytes)",
      "\"peakLiveObjects\": \(peakObjects)", "\"peakLiveBytes\": \(peakBytes)",
      "\"lifetimesByBits\": \(lifetimes)", "\"birthsByType\": \(birthsByType)", "\"deathsByType\": \(deathsByType)",
      "\"liveBytesByType\": \(liveBytesByType)",
    ]
  }
}
