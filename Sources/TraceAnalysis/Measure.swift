// What can be measured of a run and compared with another: the words of `diff`, of its rules and of budgets.

/// What a measured number is about.
public enum FindingSubject: String, Sendable, CaseIterable {
  case type, site, function, generator, task, lock, gil, collector, thread
}

/// What is measured.
public enum Measure: String, Sendable, CaseIterable {
  /// Objects that live when the program's own code ends, before the interpreter's teardown.
  case live
  /// The most that lived at once: what hangs on a function's variables is gone when the program's own code ends.
  case peakLive = "peak live"
  case allocations, bytes
  case deathsByCollector = "cause-of-death: collector"
  case created, yields, resumes, suspended, raises
  /// Of a function of the program, in traces that tell calls.
  case calls
  case passes
  case fullPasses = "full passes"
  case examined, collected, pause
  case acquisitions, waits
  case waitTime = "wait time"
  case held
  /// Events of whoever held a lock, while it was held: the work that others had to wait for, counted.
  case ranWhileHeld = "ran while held"
  /// Blocking calls (sleeps, reads) of whoever held a lock.
  case blockedWhileHeld = "blocking calls while held"
  case started

  /// Nanoseconds, which vary from run to run; everything else is counted.
  public var isTime: Bool {
    switch self {
    case .pause, .waitTime, .held: true
    default: false
    }
  }

  /// Which measures one change shows in: findings are ranked by their part of all that changed in their domain.
  var domain: Domain {
    switch self {
    case .live, .peakLive, .suspended: .life
    case .allocations, .bytes, .created: .churn
    case .deathsByCollector, .collected: .garbage
    case .yields, .resumes, .raises, .calls: .control
    case .passes, .fullPasses, .examined, .pause: .passes
    case .acquisitions, .ranWhileHeld, .blockedWhileHeld: .locking
    case .waits, .waitTime, .held: .waiting
    case .started: .threads
    }
  }

  enum Domain: Int, CaseIterable { case life, churn, garbage, control, passes, locking, waiting, threads }

  /// Reads a measure's name; blanks may be written `-` or `_`.
  public init?(named text: String) {
    func plain(_ text: String) -> String { String(text.map { $0 == "-" || $0 == "_" ? " " : $0 }) }
    guard let found = Self.allCases.first(where: { plain($0.rawValue) == plain(text) || "\($0)" == text }) else {
      return nil
    }
    self = found
  }
}

/// What a number belongs to, by names that survive an edit of the program.
public struct MeasureKey: Hashable, Sendable, Comparable {
  public let subject: FindingSubject
  public let name: String
  public init(_ subject: FindingSubject, _ name: String) {
    self.subject = subject
    self.name = name
  }
  public static func < (a: MeasureKey, b: MeasureKey) -> Bool {
    (a.subject.rawValue, a.name) < (b.subject.rawValue, b.name)
  }
}

/// All numbers about one thing.
public struct MeasureRow: Sendable {
  public internal(set) var values: [Measure: UInt64] = [:]
  /// `file:function:line`.
  public internal(set) var place: String?
  /// The same for living objects, where that is known.
  public internal(set) var livePlace: String?
  /// Whether it is of the program, not of the library or built in.
  public internal(set) var isProgram = false
  /// What the number consists of, most first: for locks, the functions that ran while it was held.
  public internal(set) var parts: [(name: String, count: UInt64)] = []
  /// Of generators: how many ran to their end.
  public internal(set) var ended: UInt64 = 0
  /// Size by which the place was chosen.
  var placeWeight: UInt64 = 0

  /// Where what is measured comes from.
  func place(_ measure: Measure) -> String? { measure == .live ? livePlace ?? place : place }

  public subscript(measure: Measure) -> UInt64 { values[measure] ?? 0 }

  mutating func add(_ measure: Measure, _ value: UInt64) {
    if value > 0 { values[measure, default: 0] &+= value }
  }
  mutating func offer(_ place: String?, _ weight: UInt64) {
    guard let place, self.place == nil || weight > placeWeight else { return }
    self.place = place
    placeWeight = weight
  }
}
