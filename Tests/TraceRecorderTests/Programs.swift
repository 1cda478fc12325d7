// Starting the stand-in program from a test, and reading what a recording holds.

import EventRing
import Glibc
import TraceFormat
import TraceModel

/// A started stand-in program.
struct Program {
  let pid: pid_t

  /// The program stands beside the test binary.
  static var path: String {
    var buffer = [CChar](repeating: 0, count: 4096)
    let length = readlink("/proc/self/exe", &buffer, buffer.count - 1)
    let own = String(decoding: buffer[..<max(0, length)].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    guard let slash = own.lastIndex(of: "/") else { return own }
    return own[..<slash] + "/RingProgram"
  }

  /// Starts it with words separated by spaces; what it prints is dropped.
  init(_ words: String) {
    var strings: [UnsafeMutablePointer<CChar>?] = (["RingProgram"] + words.split(separator: " ").map(String.init)).map {
      strdup($0)
    }
    defer { for string in strings { free(string) } }
    strings.append(nil)
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
    // The threads that tests run on block signals, and a child inherits that.
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
    var environment: [UnsafeMutablePointer<CChar>?] = [strdup("SWIFT_BACKTRACE=enable=no"), nil]
    defer { free(environment[0]) }
    if let libraries = getenv("LD_LIBRARY_PATH") {
      environment.insert(strdup("LD_LIBRARY_PATH=" + String(cString: libraries)), at: 1)
    }
    var started: pid_t = -1
    posix_spawn(&started, Self.path, &actions, &attributes, strings, environment)
    pid = started
  }

  /// Waits for its end: the exit status, or minus the signal.
  @discardableResult func finish() -> Int32 {
    var status: Int32 = 0
    while waitpid(pid, &status, 0) < 0 && errno == EINTR {}
    return status & 0x7F == 0 ? status >> 8 & 0xFF : -(status & 0x7F)
  }

  /// Waits until it is stopped; false when it ended instead.
  func waitForStop() -> Bool {
    var status: Int32 = 0
    while waitpid(pid, &status, WUNTRACED) < 0 && errno == EINTR {}
    return status & 0xFF == 0x7F
  }

  func send(_ signal: Int32) { kill(pid, signal) }
}

/// What a trace, with the ring beside it, holds.
struct Recording {
  var isClosed = false
  var end: ProgramEnd?
  /// Objects of the increfs, by stream, in order.
  var increfs: [UInt32: [UInt64]] = [:]
  var losses: [(stream: UInt32, cause: UInt64, events: UInt64)] = []
  var definitions = 0
  var stalls = 0

  init(_ path: String) throws {
    let file = try TraceFile(path: path)
    if case .closed(let end) = file.state { (isClosed, self.end) = (true, end) }
    var batch = EventBatch()
    for (index, chunk) in file.chunks.enumerated() where chunk.kind == .events || chunk.kind == .definitions {
      try file.decode(chunk: index, into: &batch)
      var cursor = batch.cursor
      while !cursor.isAtEnd {
        let word = cursor.record[0]
        switch EventKind(rawValue: cursor.kindByte) {
        case .incref: increfs[chunk.stream, default: []].append(word >> 32)
        case .loss: losses.append((chunk.stream, word >> 8 & 0xFF, cursor.record[2]))
        case .stall: stalls += 1
        case .defineString: definitions += 1
        default: break
        }
        cursor.advance()
      }
    }
  }

  /// Whether stream `stream` has exactly the increfs 1...count, each once.
  func isWhole(_ stream: UInt32, _ count: Int) -> Bool {
    guard let found = increfs[stream] else { return count == 0 }
    return found.count == count && zip(found, 1...).allSatisfy { $0 == UInt64($1) }
  }
}
