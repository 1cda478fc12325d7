// Tracebacks without Python: written at once to a descriptor, from a signal handler or a thread that has no GIL, in CPython's form for `faulthandler`.
//
// N.B. no memory is allocated and nothing is locked. A thread that runs meanwhile is read as it changes: what is shown of it is what stood there.
import CRuntimeSupport
import Glibc
import PythonBytecode

public enum FaultDump {
  private static let framesMax = 100
  private static let threadsMax = 100
  private static let textMax = 500

  /// The calling thread alone.
  public static func writeCurrent(_ descriptor: Int32) {
    write(descriptor, "Stack (most recent call first):\n")
    if let t = ownState() { writeFrames(descriptor, t) } else { write(descriptor, "  <no Python frame>\n") }
  }

  /// All threads, the newest first. `marksCurrent`: the calling one is said to be current.
  public static func writeAll(_ descriptor: Int32, marksCurrent: Bool) {
    let own = marksCurrent ? ownState() : nil
    var count = 0
    Threads.visitAll { t in
      if count > 0 { write(descriptor, "\n") }
      guard count < threadsMax else {
        write(descriptor, "...\n")
        return false
      }
      write(descriptor, t == own ? "Current thread 0x" : "Thread 0x")
      writeHex(descriptor, UInt64(t.pointer.pointee.ident), digits: 16)
      write(descriptor, " (most recent call first):\n")
      writeFrames(descriptor, t)
      count += 1
      return true
    }
  }

  public static func write(_ descriptor: Int32, _ text: StaticString) {
    write(descriptor, text.utf8Start, text.utf8CodeUnitCount)
  }

  private static func write(_ descriptor: Int32, _ base: UnsafePointer<UInt8>, _ count: Int) {
    var done = 0
    while done < count {
      let written = Glibc.write(descriptor, base + done, count - done)
      if written < 0, exuvia_errno() == EINTR { continue }
      if written <= 0 { return }
      done += written
    }
  }

  /// The state of the calling native thread, whether it has the GIL or not.
  private static func ownState() -> ThreadState? {
    let own = UInt(pthread_self())
    var found: ThreadState?
    Threads.visitAll { t in
      if t.pointer.pointee.ident == own { found = t }
      return found == nil
    }
    return found
  }

  private static func writeFrames(_ descriptor: Int32, _ t: ThreadState) {
    var frame = t.frame
    var count = 0
    if frame == nil { write(descriptor, "  <no Python frame>\n") }
    while let here = frame {
      frame = here.previous
      if here.pointer.pointee.isIncomplete { continue }
      guard count < framesMax else { return }
      count += 1
      let code = here.code.codeLayout
      write(descriptor, "  File \"")
      writeText(descriptor, code.pointee.fileName)
      write(descriptor, "\", line ")
      let word = UInt32(clamping: max(0, here.instructionIndex))
      writeDecimal(descriptor, UInt64(clamping: code.pointee.source.takeUnretainedValue().line(at: word)))
      write(descriptor, " in ")
      writeText(descriptor, code.pointee.name)
      write(descriptor, "\n")
    }
  }

  /// A str with everything but printable ASCII escaped; a long one is cut.
  private static func writeText(_ descriptor: Int32, _ text: Object) {
    for i in 0..<min(text.strLength, textMax) {
      let c = text.codePoint(i)
      if c >= 0x20, c < 0x7F {
        var byte = UInt8(c)
        write(descriptor, &byte, 1)
        continue
      }
      let (prefix, digits): (StaticString, Int) = c < 0x100 ? ("\\x", 2) : c < 0x10000 ? ("\\u", 4) : ("\\U", 8)
      write(descriptor, prefix)
      writeHex(descriptor, UInt64(c), digits: digits)
    }
    if text.strLength > textMax { write(descriptor, "...") }
  }

  private static func writeHex(_ descriptor: Int32, _ value: UInt64, digits: Int) {
    for i in (0..<digits).reversed() {
      let digit = UInt8(truncatingIfNeeded: value >> (4 * UInt64(i))) & 15
      var byte = digit < 10 ? 48 + digit : 87 + digit
      write(descriptor, &byte, 1)
    }
  }

  private static func writeDecimal(_ descriptor: Int32, _ value: UInt64) {
    if value >= 10 { writeDecimal(descriptor, value / 10) }
    var byte = UInt8(48 + value % 10)
    write(descriptor, &byte, 1)
  }
}
