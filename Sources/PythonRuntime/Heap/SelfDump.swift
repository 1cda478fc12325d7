// Descriptions that the runtime makes of its own heap while it is recorded, so that answers from the trace can be compared with the truth.
//
// EXUVIA_SELF_DUMP=PATH,EVERY[,FIRST] writes PATH.1, PATH.2, ... : at the check FIRST of the eval breaker and every EVERY checks after it, at most
// `dumpsMax` in all. A dump is taken between two events; the event before it is a marker of the file's name, `self-dump-1` ... The file
// has a line for each living object, found by a walk over the memory (HeapWalk) and not from anything that the probes know:
//
//     O <slot> <type> <bytes> <count>        an object; the count is -1 for an immortal one
//     R <slot of what it holds> <field>      a reference of the object above, as `traverse` visits it; the field may be empty
//     F <slot>                               an object above that a frame holds: what frames hold comes and goes without events
//
// Fields are separated by tabs.
import CRuntimeSupport
import EventRing
import Glibc
import TraceModel

enum SelfDump {
  nonisolated(unsafe) private static var path = ""
  nonisolated(unsafe) private static var every = 0
  nonisolated(unsafe) private static var untilNext = 0
  nonisolated(unsafe) private static var count = 0
  private static let dumpsMax = 20

  static var isOn: Bool { every > 0 }

  static func startFromEnvironment(_ t: ThreadState) {
    guard let text = getenv("EXUVIA_SELF_DUMP") else { return }
    let parts = String(cString: text).split(separator: ",")
    guard parts.count == 2 || parts.count == 3, let step = Int(parts[1]), step > 0, Probes.isOn else {
      writeError("exuvia: EXUVIA_SELF_DUMP needs PATH,EVERY or PATH,EVERY,FIRST and a recording\n")
      return
    }
    path = String(parts[0])
    every = step
    untilNext = parts.count == 3 ? Int(parts[2]) ?? step : step
    for thread in Threads.all { thread.setBreaker(Breaker.selfDump) }
  }

  /// A check of the eval breaker, between two instructions. Inside a dying object's finalizer, and inside a pass, the state is not one that a reader of
  /// the trace could know: the next check will do.
  static func check(_ t: ThreadState) {
    untilNext -= 1
    guard untilNext <= 0, count < dumpsMax, Probes.isOn, !Collector.isCollecting else { return }
    for thread in Threads.all where thread.pointer.pointee.deallocationDepth > 0 { return }
    untilNext = every
    count += 1
    write()
  }

  private static func write() {
    Probes.writer.write(
      Probes.word(.marker, upper: Probes.stringID("self-dump-\(count)")), Probes.writer.now())
    guard let file = fopen("\(path).\(count)", "w") else {
      writeError("exuvia: EXUVIA_SELF_DUMP: cannot write \(path).\(count)\n")
      return
    }
    HeapWalk.forEachObject { object in
      let count = object.isImmortal ? -1 : object.countOfReferences
      fputs("O\t\(object.slot)\t\(name(object.type))\t\(object.heapBytes)\t\(count)\n", file)
      writeHeld(object, file)
    }
    fclose(file)
  }

  /// As answers from the trace call a type.
  private static func name(_ type: TypeObject) -> String {
    let own = (type.pointer.pointee.qualifiedName ?? type.pointer.pointee.name).map { stringValue($0) } ?? "?"
    guard let module = Probes.moduleName(type) else { return own }
    let text = stringValue(module)
    return text.isEmpty || text == "builtins" ? own : "\(text).\(own)"
  }

  private static func writeHeld(_ object: Object, _ file: UnsafeMutablePointer<FILE>) {
    Referents.forEach(object) { field, child in fputs("R\t\(child.slot)\t\(text(field))\n", file) }
    let kind = object.type.kind
    guard kind == .generator || kind == .coroutine || kind == .asyncGenerator || kind == .frame,
      let traverse = object.type.pointer.pointee.traverse
    else { return }
    _ = traverse.call(
      object,
      Visitor(context: UnsafeMutableRawPointer(file)) { child, raw in
        guard let file = raw?.assumingMemoryBound(to: FILE.self) else { return false }
        fputs("F\t\(child.slot)\n", file)
        return false
      })
  }

  /// A field as answers from the trace write it; empty where the name is long or holds what ends a field of the file.
  private static func text(_ field: StoreField) -> String {
    switch field {
    case .item(let index): return "[\(index)]"
    case .key(let key): return key.isExactly(.str) ? plain(key).map { "['\($0)']" } ?? "" : ""
    case .attribute(let name), .slot(let name): return plain(name).map { ".\($0)" } ?? ""
    case .cell: return ".cell_contents"
    case .internalField(let name): return "(\(name))"
    case .local(let name): return plain(name).map { "(local \($0))" } ?? ""
    case .nameless: return ""
    }
  }

  private static func plain(_ name: Object) -> String? {
    guard name.strLength <= 100 else { return nil }
    let text = stringValue(name)
    return text.contains { $0 == "\t" || $0.isNewline } ? nil : text
  }
}
