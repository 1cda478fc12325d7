// The rows of the table, one per kind, in the order of EventKind. ORDER EventKind

extension EventSpec {

  private static func f(_ name: String, _ kind: FieldKind, _ word: UInt8, _ shift: UInt8, _ width: UInt8) -> EventField
  {
    EventField(name: name, kind: kind, word: word, shift: shift, width: width, choiceNames: { [] })
  }
  private static func choice(
    _ name: String, _ shift: UInt8, _ width: UInt8, _ choices: @autoclosure @escaping @Sendable () -> [String]
  ) -> EventField {
    EventField(name: name, kind: .choice, word: 0, shift: shift, width: width, choiceNames: choices)
  }
  /// The object of most records stands in the upper half of word 0.
  private static func object(_ name: String = "object") -> EventField { f(name, .object, 0, 32, 32) }

  private static func make(
    _ kind: EventKind, _ level: RecordingLevel, time: Bool = false, payload: Bool = false, words: Int = 2,
    _ fields: EventField...
  ) -> EventSpec {
    EventSpec(
      kind: kind, level: level, hasTime: time, hasPayload: payload, fields: fields, words: words)
  }

  static func row(_ kind: EventKind) -> EventSpec {
    switch kind {
    // Definitions.
    case .defineString: make(kind, .heap, payload: true, f("id", .string, 0, 32, 32))
    case .defineType:
      make(
        kind, .heap, words: 4, f("id", .type, 0, 8, 24), object(), f("name", .string, 1, 0, 32),
        f("module", .string, 1, 32, 32), f("metaclass", .type, 2, 0, 24),
        EventField(
          name: "origin", kind: .choice, word: 2, shift: 24, width: 2,
          choiceNames: { ["builtin", "library", "program"] }),
        f("basicSize", .bytes, 2, 32, 32))
    case .typeBase:
      make(kind, .heap, f("type", .type, 0, 8, 24), f("index", .count, 0, 32, 32), f("base", .type, 1, 0, 24))
    case .typeMRO:
      make(kind, .heap, f("type", .type, 0, 8, 24), f("index", .count, 0, 32, 32), f("entry", .type, 1, 0, 24))
    case .typeAbstractName: make(kind, .heap, f("type", .type, 0, 8, 24), f("name", .string, 0, 32, 32))
    case .defineCode:
      make(
        kind, .heap, words: 4, f("id", .code, 0, 32, 32), f("name", .string, 1, 0, 32),
        f("qualifiedName", .string, 1, 32, 32), f("file", .string, 2, 0, 32), f("firstLine", .line, 2, 32, 32),
        EventField(
          name: "origin", kind: .choice, word: 0, shift: 8, width: 2,
          choiceNames: { ["builtin", "library", "program"] }))
    case .defineNode:
      make(
        kind, .heap, words: 4, f("id", .node, 0, 32, 32), f("parent", .node, 1, 0, 32), f("code", .code, 1, 32, 32),
        f("callLine", .line, 2, 0, 32))
    case .defineSite:
      make(kind, .heap, f("id", .site, 0, 32, 32), f("node", .node, 1, 0, 32), f("line", .line, 1, 32, 32))

    case .codeVariable:
      make(
        kind, .links, choice("role", 8, 4, EventEnumerations.variableRoles), f("code", .code, 0, 32, 32),
        f("name", .string, 1, 0, 32), f("index", .count, 1, 32, 32))

    // Process, threads, clock.
    case .processStart:
      make(
        kind, .heap, time: true, words: 4, f("pid", .count, 0, 32, 32), f("parentPid", .count, 2, 0, 32),
        f("wallSeconds", .count, 3, 0, 64))
    case .processExit:
      make(
        kind, .heap, time: true, words: 4, f("status", .count, 0, 32, 32), f("cpu", .nanoseconds, 2, 0, 64),
        f("residentBytes", .bytes, 3, 0, 64))
    case .fork:
      make(kind, .heap, time: true, words: 4, f("childPid", .count, 0, 32, 32), f("childStream", .stream, 2, 0, 32))
    case .threadStart:
      make(
        kind, .heap, time: true, words: 4, f("thread", .thread, 0, 8, 24), f("kernelThread", .count, 0, 32, 32),
        f("name", .string, 2, 0, 32))
    case .threadExit:
      make(kind, .heap, time: true, words: 4, f("thread", .thread, 0, 8, 24), f("cpu", .nanoseconds, 2, 0, 64))
    case .clock: make(kind, .heap, time: true)
    case .marker: make(kind, .heap, time: true, f("name", .string, 0, 32, 32))
    case .counter: make(kind, .heap, time: true, words: 4, f("name", .string, 0, 32, 32), f("value", .signed, 2, 0, 64))
    case .output: make(kind, .heap, payload: true, f("descriptor", .count, 0, 8, 8), f("cutBytes", .bytes, 0, 32, 32))
    case .stall: make(kind, .heap, time: true, words: 4, f("duration", .nanoseconds, 2, 0, 64))
    case .loss:
      make(
        kind, .heap, time: true, words: 4, choice("cause", 8, 8, EventEnumerations.lossCauses),
        f("events", .count, 2, 0, 64))
    case .programEnd: make(kind, .heap, time: true)

    // Memory.
    case .alloc:
      make(
        kind, .heap, f("type", .type, 0, 8, 24), object(), f("site", .site, 1, 0, 28), f("size", .bytes, 1, 28, 28),
        f("flags", .count, 1, 56, 8))
    case .allocLarge:
      make(
        kind, .heap, words: 4, f("type", .type, 0, 8, 24), object(), f("site", .site, 1, 0, 28),
        f("flags", .count, 1, 56, 8), f("size", .bytes, 2, 0, 64))
    case .resize: make(kind, .heap, object(), f("size", .bytes, 1, 0, 64))
    case .move: make(kind, .heap, object(), f("to", .object, 1, 0, 64))
    case .dealloc:
      make(
        kind, .heap, choice("cause", 8, 3, EventEnumerations.deathCauses), choice("inPass", 11, 1, ["no", "yes"]),
        object())
    case .store:
      make(
        kind, .links, f("field", .fieldName, 0, 8, 24), object("holder"), f("old", .object, 1, 0, 32),
        f("new", .object, 1, 32, 32))
    case .fill:
      make(
        kind, .links, f("index", .count, 0, 8, 24), object("holder"), f("first", .object, 1, 0, 32),
        f("second", .object, 1, 32, 32))
    case .incref: make(kind, .refs, object())
    case .decref: make(kind, .refs, object())
    case .track: make(kind, .refs, object())
    case .untrack: make(kind, .refs, object())
    case .snapshotEdge:
      make(kind, .links, f("field", .fieldName, 0, 8, 24), object("holder"), f("target", .object, 1, 0, 32))
    case .root:
      make(
        kind, .links, choice("root", 8, 8, EventEnumerations.rootKinds), object(), f("name", .string, 1, 0, 32),
        f("owner", .count, 1, 32, 32))
    case .shift: make(kind, .links, f("first", .count, 0, 8, 24), object("holder"), f("by", .signed, 1, 0, 64))
    case .functionCode: make(kind, .links, object(), f("code", .code, 1, 0, 32))
    case .frameEdge:
      make(
        kind, .links, f("field", .fieldName, 0, 8, 24), object("holder"), f("target", .object, 1, 0, 32))

    // The collector.
    case .collectBegin:
      make(
        kind, .heap, time: true, words: 6, choice("generation", 8, 4, ["0", "1", "2"]),
        choice("reason", 12, 4, EventEnumerations.collectReasons), f("count0", .count, 0, 32, 32),
        f("count1", .count, 2, 0, 32), f("count2", .count, 2, 32, 32), f("longLivedPending", .count, 3, 0, 64),
        f("longLivedTotal", .count, 4, 0, 64))
    case .collectVerdict:
      make(
        kind, .all, choice("verdict", 8, 4, ["root", "rescued", "unreachable"]), object(),
        f("refcount", .count, 1, 0, 32), f("gcRefs", .count, 1, 32, 32))
    case .collectUnreachable: make(kind, .heap, object())
    case .collectCallback: make(kind, .heap, choice("phase", 8, 4, ["start", "stop"]), object())
    case .collectEnd:
      make(
        kind, .heap, time: true, words: 6, choice("generation", 8, 4, ["0", "1", "2"]),
        f("collected", .count, 0, 32, 32),
        f("examined", .count, 2, 0, 32), f("uncollectable", .count, 2, 32, 32), f("count0", .count, 3, 0, 32),
        f("count1", .count, 3, 32, 32), f("count2", .count, 4, 0, 32), f("promoted", .count, 4, 32, 32),
        f("longLivedPending", .count, 5, 0, 32), f("longLivedTotal", .count, 5, 32, 32))
    case .finalizerBegin: make(kind, .heap, choice("inPass", 8, 1, ["no", "yes"]), object())
    case .finalizerEnd: make(kind, .heap, object())
    case .resurrect: make(kind, .heap, object())
    case .weakrefCreate: make(kind, .heap, object("weakref"), f("target", .object, 1, 0, 64))
    case .weakrefDereference: make(kind, .all, object("weakref"), f("target", .object, 1, 0, 64))
    case .weakrefClear: make(kind, .heap, object("weakref"), f("target", .object, 1, 0, 64))
    case .weakrefCallbackBegin: make(kind, .heap, object("weakref"), f("function", .string, 1, 0, 32))
    case .weakrefCallbackEnd: make(kind, .heap, object("weakref"))
    case .finalizerCall: make(kind, .heap, object())
    case .collectSettings:
      make(
        kind, .heap, choice("call", 8, 4, EventEnumerations.collectorCalls), f("given", .count, 0, 12, 4),
        f("threshold0", .count, 0, 32, 32), f("threshold1", .count, 1, 0, 32), f("threshold2", .count, 1, 32, 32))

    // Locks.
    case .lockCreate:
      make(
        kind, .heap, choice("lockKind", 8, 4, ["gil", "lock", "rlock", "join"]), f("lock", .lock, 0, 32, 32),
        f("site", .site, 1, 0, 28))
    case .lockBlock:
      make(kind, .heap, time: true, words: 4, f("lock", .lock, 0, 32, 32), f("thread", .thread, 2, 0, 32))
    case .lockAcquire:
      make(
        kind, .heap, time: true, words: 4, choice("waited", 8, 1, ["no", "yes"]), f("lock", .lock, 0, 32, 32),
        f("thread", .thread, 2, 0, 32), f("blockedFor", .nanoseconds, 3, 0, 64))
    case .lockRelease:
      make(
        kind, .heap, time: true, words: 4, choice("reason", 8, 4, EventEnumerations.releaseReasons),
        f("lock", .lock, 0, 32, 32), f("thread", .thread, 2, 0, 32))
    case .dropRequest: make(kind, .heap, time: true, words: 4, f("thread", .thread, 2, 0, 32))
    case .blockingBegin:
      make(
        kind, .heap, time: true, words: 4, choice("call", 8, 8, EventEnumerations.blockingCalls),
        f("bytes", .bytes, 2, 0, 64))
    case .blockingEnd:
      make(
        kind, .heap, time: true, words: 4, choice("call", 8, 8, EventEnumerations.blockingCalls),
        f("bytes", .bytes, 2, 0, 64))

    // Generators.
    case .generatorCreate:
      make(
        kind, .heap, choice("generatorKind", 8, 4, EventEnumerations.generatorKinds), object(),
        f("code", .code, 1, 0, 32), f("site", .site, 1, 32, 28))
    case .generatorResume:
      make(
        kind, .heap, words: 4, choice("how", 8, 4, EventEnumerations.resumeKinds), object(), f("line", .line, 1, 0, 32),
        choice("valueKind", 12, 4, EventEnumerations.valueKinds), f("value", .signed, 2, 0, 64))
    case .generatorYield:
      make(
        kind, .heap, words: 4, choice("valueKind", 8, 4, EventEnumerations.valueKinds), object(),
        f("line", .line, 1, 0, 32), f("stackDepth", .count, 1, 32, 32), f("value", .signed, 2, 0, 64))
    case .generatorReturn:
      make(
        kind, .heap, words: 4, choice("valueKind", 8, 4, EventEnumerations.valueKinds), object(),
        f("line", .line, 1, 0, 32), f("value", .signed, 2, 0, 64))
    case .generatorRaise: make(kind, .heap, f("type", .type, 0, 8, 24), object(), f("line", .line, 1, 0, 32))
    case .generatorDestroy: make(kind, .heap, object())
    case .callBegin: make(kind, .calls, f("node", .node, 0, 32, 32))
    case .callEnd: make(kind, .calls, f("node", .node, 0, 32, 32))
    case .attributeLookup:
      make(
        kind, .all, choice("protocol", 8, 4, EventEnumerations.lookupProtocols), f("name", .string, 0, 32, 32),
        f("type", .type, 1, 0, 24), f("found", .type, 1, 32, 24))
    case .raise: make(kind, .heap, f("type", .type, 0, 8, 24), f("code", .code, 0, 32, 32), f("line", .line, 1, 0, 32))
    }
  }
}
