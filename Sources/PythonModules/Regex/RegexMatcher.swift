// Executes the code that `re._compiler` makes: a backtracking machine with explicit stacks, so that long texts need no
// C stack.
//
// Alternatives lie on `choices`. Group marks are undone through `trail`. Counters of repetitions are immutable records,
// each iteration makes a new one, so
// that a choice restores them by index. Lookarounds, atomic groups and possessive repeats are entries of `subs`: their
// SUCCESS cuts `choices` back.
import PythonRuntime

/// The characters of a str or the bytes of a bytes object.
struct RegexSubject {
  let base: UnsafeRawPointer
  let kind: Int
  let count: Int
  let isBytes: Bool

  @inline(__always) subscript(i: Int) -> UInt32 {
    switch kind {
    case 1: UInt32(base.load(fromByteOffset: i, as: UInt8.self))
    case 2: UInt32(base.load(fromByteOffset: i * 2, as: UInt16.self))
    default: base.load(fromByteOffset: i * 4, as: UInt32.self)
    }
  }
}

struct RegexMatcher {
  enum ChoiceKind: UInt8 { case jump, branch, repeatOne, minRepeatOne, minUntil }
  struct Choice {
    var kind: ChoiceKind
    var pc: Int
    var position: Int
    var count: Int
    var trail: Int
    var rep: Int
    var sub: Int
    var repCount: Int
    var subCount: Int
  }
  /// One state of a general repetition; `pc` is its REPEAT.
  struct Repetition {
    var pc: Int
    var count: Int
    var last: Int
    var previous: Int
  }
  enum SubKind: UInt8 { case atomic, assert, assertNot, possessive }
  struct Sub {
    var kind: SubKind
    var choiceHeight: Int
    var trail: Int
    var pc: Int
    var start: Int
    var count: Int
    var rep: Int
    var previous: Int
  }

  let code: UnsafePointer<UInt32>
  let text: RegexSubject
  let end: Int
  var start = 0
  /// An empty match at `start` does not count.
  var mustAdvance = false
  var matchAll = false
  /// Start and end of each group; -1: not set.
  var marks: [Int]
  var lastMark = -1
  var lastIndex = -1
  var position = 0

  private var choices: [Choice] = []
  private var trail: [(index: Int, old: Int)] = []
  private var reps: [Repetition] = []
  private var subs: [Sub] = []
  private var rep = -1
  private var sub = -1

  init(code: UnsafePointer<UInt32>, groups: Int, text: RegexSubject, end: Int) {
    self.code = code
    self.text = text
    self.end = end
    marks = [Int](repeating: -1, count: 2 * groups)
  }

  // MARK: Entry

  /// Matches at `start` only.
  mutating func match() -> Bool {
    reset()
    return run(from: start)
  }

  /// Finds the first match at or behind `start`, and makes that place `start`.
  mutating func search() -> Bool {
    let hasInfo = code[0] == RegexOp.info.rawValue
    let flags = hasInfo ? code[2] : 0
    let least = hasInfo ? Int(code[3]) : 0
    var place = start
    let first = flags & 1 != 0 ? code[7] : nil
    let set = flags & 4 != 0 ? 5 : nil
    while place + least <= end {
      if let first {
        while place < end, text[place] != first { place += 1 }
        if place + least > end { return false }
      } else if let set {
        while place < end, !RegexSet.contains(code + set, text[place]) { place += 1 }
        if place + least > end { return false }
      }
      if place != start { mustAdvance = false }
      start = place
      reset()
      if run(from: place) { return true }
      mustAdvance = false
      place += 1
    }
    return false
  }

  private mutating func reset() {
    choices.removeAll(keepingCapacity: true)
    trail.removeAll(keepingCapacity: true)
    reps.removeAll(keepingCapacity: true)
    subs.removeAll(keepingCapacity: true)
    rep = -1
    sub = -1
    if lastMark >= 0 { for i in marks.indices { marks[i] = -1 } }
    lastMark = -1
    lastIndex = -1
  }

  // MARK: Stacks

  @inline(__always)
  private mutating func push(_ kind: ChoiceKind, _ pc: Int, _ position: Int, count: Int = 0) {
    choices.append(
      Choice(
        kind: kind, pc: pc, position: position, count: count, trail: trail.count, rep: rep, sub: sub,
        repCount: reps.count, subCount: subs.count))
  }

  private mutating func undo(to height: Int) {
    while trail.count > height, let entry = trail.popLast() {
      switch entry.index {
      case -1: lastMark = entry.old
      case -2: lastIndex = entry.old
      default: marks[entry.index] = entry.old
      }
    }
  }

  private mutating func setMark(_ i: Int, _ place: Int) {
    trail.append((i, marks[i]))
    marks[i] = place
    if i & 1 == 1 {
      trail.append((-2, lastIndex))
      lastIndex = i / 2 + 1
    }
    if i > lastMark {
      trail.append((-1, lastMark))
      lastMark = i
    }
  }

  @inline(__always)
  private mutating func repeated(_ pc: Int, _ count: Int, _ last: Int, _ previous: Int) {
    reps.append(Repetition(pc: pc, count: count, last: last, previous: previous))
    rep = reps.count - 1
  }

  /// Goes to the last open alternative; false: there is none.
  private mutating func backtrack(_ pc: inout Int, _ place: inout Int) -> Bool {
    while let choice = choices.popLast() {
      undo(to: choice.trail)
      rep = choice.rep
      sub = choice.sub
      reps.removeLast(reps.count - choice.repCount)
      subs.removeLast(subs.count - choice.subCount)
      switch choice.kind {
      case .jump:
        (pc, place) = (choice.pc, choice.position)
        return true
      case .branch:
        if enterBranch(choice.pc, choice.position, &pc) {
          place = choice.position
          return true
        }
      case .repeatOne:
        if giveBack(choice.pc, choice.position, choice.count - 1, &pc, &place) { return true }
      case .minRepeatOne:
        let at = choice.position
        let most = code[choice.pc + 3]
        if at < end, most == RegexOp.maxRepeat || choice.count < Int(most), matchesItem(choice.pc + 4, at) {
          push(.minRepeatOne, choice.pc, at + 1, count: choice.count + 1)
          pc = choice.pc + 1 + Int(code[choice.pc + 1])
          place = at + 1
          return true
        }
      case .minUntil:
        let now = reps[choice.count]
        let most = code[now.pc + 3]
        if most == RegexOp.maxRepeat || now.count + 1 < Int(most), choice.position != now.last {
          repeated(now.pc, now.count + 1, choice.position, now.previous)
          (pc, place) = (now.pc + 4, choice.position)
          return true
        }
      }
    }
    return false
  }

  /// Goes to the first alternative from the skip word `skip` on that can match at `place`.
  private mutating func enterBranch(_ first: Int, _ place: Int, _ pc: inout Int) -> Bool {
    var skip = first
    while code[skip] != 0 {
      let next = skip + Int(code[skip])
      let op = code[skip + 1]
      // A look ahead spares most alternatives.
      let hopeless =
        op == RegexOp.literal.rawValue && (place >= end || text[place] != code[skip + 2])
        || op == RegexOp.in.rawValue && (place >= end || !RegexSet.contains(code + skip + 3, text[place]))
      if !hopeless {
        if code[next] != 0 { push(.branch, next, place) }
        pc = skip + 1
        return true
      }
      skip = next
    }
    return false
  }

  /// A greedy repetition of one character at `from` tries with `count` of them, or fewer.
  private mutating func giveBack(_ op: Int, _ from: Int, _ most: Int, _ pc: inout Int, _ place: inout Int) -> Bool {
    let next = op + 1 + Int(code[op + 1])
    let least = Int(code[op + 2])
    var count = most
    if code[next] == RegexOp.literal.rawValue {
      let wanted = code[next + 1]
      while count >= least, from + count >= end || text[from + count] != wanted { count -= 1 }
    }
    guard count >= least else { return false }
    if count > least { push(.repeatOne, op, from, count: count) }
    (pc, place) = (next, from + count)
    return true
  }

  // MARK: Single characters

  private func matchesItem(_ pc: Int, _ place: Int) -> Bool {
    let c = text[place]
    switch RegexOp(rawValue: code[pc]) {
    case .any: return c != 10
    case .anyAll: return true
    case .literal: return c == code[pc + 1]
    case .notLiteral: return c != code[pc + 1]
    case .in: return RegexSet.contains(code + pc + 2, c)
    case .inIgnore: return RegexSet.contains(code + pc + 2, RegexSet.asciiLower(c))
    case .inUniIgnore: return RegexSet.contains(code + pc + 2, RegexSet.lower(c))
    case .inLocIgnore:
      return RegexSet.contains(code + pc + 2, c) || RegexSet.contains(code + pc + 2, RegexSet.asciiLower(c))
        || RegexSet.contains(code + pc + 2, RegexSet.asciiUpper(c))
    case .literalIgnore, .literalLocIgnore: return RegexSet.asciiLower(c) == code[pc + 1]
    case .notLiteralIgnore, .notLiteralLocIgnore: return RegexSet.asciiLower(c) != code[pc + 1]
    case .literalUniIgnore: return RegexSet.lower(c) == code[pc + 1]
    case .notLiteralUniIgnore: return RegexSet.lower(c) != code[pc + 1]
    case .category: return RegexSet.isInCategory(code[pc + 1], c)
    default: return false
    }
  }

  private func countItems(_ pc: Int, _ from: Int, _ most: UInt32) -> Int {
    let limit = most == RegexOp.maxRepeat ? end : min(end, from + Int(most))
    var place = from
    switch RegexOp(rawValue: code[pc]) {
    case .anyAll: return max(0, limit - from)
    case .any: while place < limit, text[place] != 10 { place += 1 }
    case .literal: while place < limit, text[place] == code[pc + 1] { place += 1 }
    case .in: while place < limit, RegexSet.contains(code + pc + 2, text[place]) { place += 1 }
    default: while place < limit, matchesItem(pc, place) { place += 1 }
    }
    return place - from
  }

  /// How many words an instruction for one character takes.
  private func itemSize(_ pc: Int) -> Int {
    switch RegexOp(rawValue: code[pc]) {
    case .any, .anyAll: 1
    case .in, .inIgnore, .inUniIgnore, .inLocIgnore: 1 + Int(code[pc + 1])
    default: 2
    }
  }

  private func group(_ i: Int) -> (start: Int, end: Int)? {
    guard 2 * i + 1 <= lastMark, marks[2 * i] >= 0, marks[2 * i + 1] >= marks[2 * i] else { return nil }
    return (marks[2 * i], marks[2 * i + 1])
  }

  // MARK: The machine

  private mutating func run(from first: Int) -> Bool {
    var pc = 0
    var place = first
    while true {
      guard step(&pc, &place) else {
        if backtrack(&pc, &place) { continue }
        return false
      }
      if pc < 0 {
        position = place
        return true
      }
    }
  }

  /// One instruction; false: it does not match. `pc` -1: the whole pattern matched.
  @inline(__always)
  private mutating func step(_ pc: inout Int, _ place: inout Int) -> Bool {
    guard let op = RegexOp(rawValue: code[pc]) else { return false }
    switch op {
    case .failure: return false
    case .success: return succeed(&pc, &place)
    case .info, .jump: pc += 1 + Int(code[pc + 1])
    case .mark:
      setMark(Int(code[pc + 1]), place)
      pc += 2
    case .at:
      guard isAt(code[pc + 1], place) else { return false }
      pc += 2
    case .any, .anyAll, .literal, .notLiteral, .in, .inIgnore, .inUniIgnore, .inLocIgnore, .literalIgnore,
      .literalLocIgnore,
      .notLiteralIgnore, .notLiteralLocIgnore, .literalUniIgnore, .notLiteralUniIgnore, .category:
      guard place < end, matchesItem(pc, place) else { return false }
      pc += itemSize(pc)
      place += 1
    case .branch: return enterBranch(pc + 1, place, &pc)
    case .repeatOne:
      let count = countItems(pc + 4, place, code[pc + 3])
      return giveBack(pc, place, count, &pc, &place)
    case .minRepeatOne:
      let least = Int(code[pc + 2])
      if least > 0 {
        guard countItems(pc + 4, place, UInt32(least)) == least else { return false }
        place += least
      }
      push(.minRepeatOne, pc, place, count: least)
      pc += 1 + Int(code[pc + 1])
    case .possessiveRepeatOne:
      let count = countItems(pc + 4, place, code[pc + 3])
      guard count >= Int(code[pc + 2]) else { return false }
      place += count
      pc += 1 + Int(code[pc + 1])
    case .repeat:
      repeated(pc, -1, -1, rep)
      pc += 1 + Int(code[pc + 1])
    case .maxUntil, .minUntil: return until(&pc, place, greedy: op == .maxUntil)
    case .assert, .assertNot:
      let from = place - Int(code[pc + 2])
      if from < 0 {
        // Nothing can stand before the text: the assertion fails, its negation holds.
        guard op == .assertNot else { return false }
        pc += 1 + Int(code[pc + 1])
        return true
      }
      let next = pc + 1 + Int(code[pc + 1])
      let height = choices.count
      let trailHeight = trail.count
      if op == .assertNot { push(.jump, next, place) }
      enter(op == .assert ? .assert : .assertNot, height, trailHeight, next, place)
      pc += 3
      place = from
    case .atomicGroup:
      enter(.atomic, choices.count, trail.count, pc + 1 + Int(code[pc + 1]), place)
      pc += 2
    case .possessiveRepeat: return iterate(pc, 0, &pc, place, rep, sub)
    case .groupRef, .groupRefIgnore, .groupRefLocIgnore, .groupRefUniIgnore:
      guard let (from, to) = group(Int(code[pc + 1])), place + (to - from) <= end else { return false }
      for i in 0..<(to - from) where !equal(op, text[from + i], text[place + i]) { return false }
      place += to - from
      pc += 2
    case .groupRefExists:
      pc = group(Int(code[pc + 1])) == nil ? pc + 1 + Int(code[pc + 2]) : pc + 3
    case .charset, .bigCharset, .negate, .range, .rangeUniIgnore, .subpattern: return false
    }
    return true
  }

  private func equal(_ op: RegexOp, _ a: UInt32, _ b: UInt32) -> Bool {
    switch op {
    case .groupRef: a == b
    case .groupRefUniIgnore: RegexSet.lower(a) == RegexSet.lower(b)
    default: RegexSet.asciiLower(a) == RegexSet.asciiLower(b)
    }
  }

  private mutating func enter(_ kind: SubKind, _ height: Int, _ trail: Int, _ pc: Int, _ start: Int, count: Int = 0) {
    subs.append(
      Sub(kind: kind, choiceHeight: height, trail: trail, pc: pc, start: start, count: count, rep: rep, previous: sub))
    sub = subs.count - 1
  }

  private mutating func until(_ pc: inout Int, _ place: Int, greedy: Bool) -> Bool {
    guard rep >= 0 else { return false }
    let now = reps[rep]
    let count = now.count + 1
    let most = code[now.pc + 3]
    if count < Int(code[now.pc + 2]) {
      repeated(now.pc, count, now.last, now.previous)
      pc = now.pc + 4
      return true
    }
    let index = rep
    rep = now.previous
    if greedy {
      guard most == RegexOp.maxRepeat || count < Int(most), place != now.last else {
        pc += 1
        return true
      }
      push(.jump, pc + 1, place)
      repeated(now.pc, count, place, now.previous)
      pc = now.pc + 4
    } else {
      push(.minUntil, pc, place, count: index)
      pc += 1
    }
    return true
  }

  /// Starts another round of a possessive repeat whose instruction is at `op`, or leaves it.
  private mutating func iterate(_ op: Int, _ count: Int, _ pc: inout Int, _ place: Int, _ outer: Int, _ outerSub: Int)
    -> Bool
  {
    let next = op + 1 + Int(code[op + 1]) + 1
    let most = code[op + 3]
    rep = outer
    sub = outerSub
    if most != RegexOp.maxRepeat, count >= Int(most) {
      pc = next
      return true
    }
    let height = choices.count
    let trailHeight = trail.count
    if count >= Int(code[op + 2]) { push(.jump, next, place) }
    enter(.possessive, height, trailHeight, op, place, count: count)
    pc = op + 4
    return true
  }

  private mutating func succeed(_ pc: inout Int, _ place: inout Int) -> Bool {
    guard sub >= 0 else {
      if matchAll && place != end || mustAdvance && place == start { return false }
      pc = -1
      return true
    }
    let here = subs[sub]
    choices.removeLast(choices.count - here.choiceHeight)
    rep = here.rep
    sub = here.previous
    switch here.kind {
    case .atomic: pc = here.pc
    case .assert: (pc, place) = (here.pc, here.start)
    case .assertNot:
      undo(to: here.trail)
      return false
    case .possessive:
      let count = here.count + 1
      if place == here.start, count >= Int(code[here.pc + 2]) {
        pc = here.pc + 1 + Int(code[here.pc + 1]) + 1
        return true
      }
      return iterate(here.pc, count, &pc, place, here.rep, here.previous)
    }
    return true
  }

  // MARK: Places

  private func isAt(_ code: UInt32, _ place: Int) -> Bool {
    switch code {
    case 0, 2: place == 0
    case 1: place == 0 || text[place - 1] == 10
    case 5: place == text.count || place == end || place + 1 == end && text[place] == 10
    case 6: place == end || text[place] == 10
    case 7: place == end
    case 3, 8: isBoundary(place) { RegexSet.isASCIIWord($0) }
    case 4, 9: !isBoundary(place) { RegexSet.isASCIIWord($0) }
    case 10: isBoundary(place) { RegexSet.isWord($0) }
    case 11: !isBoundary(place) { RegexSet.isWord($0) }
    default: false
    }
  }

  private func isBoundary(_ place: Int, _ isWord: (UInt32) -> Bool) -> Bool {
    let before = place > 0 && isWord(text[place - 1])
    let after = place < end && isWord(text[place])
    return before != after
  }
}
