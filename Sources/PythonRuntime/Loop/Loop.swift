// The evaluation loop: one function that runs frames until the frame it was entered with returns, yields or raises.
//
// Python-to-Python calls push a frame and go on in the same run. Registers (pc, sp, locals) live in locals and are stored into the frame before
// anything that can allocate, call or raise. Instructions that are rare or long are functions in Loop+... files.
//
//   outer   take up the current frame: load its registers; when an exception is raised, find its handler or leave the frame
//     inner one instruction after the other
//
// Longer than 600 lines because the dispatch is one switch: split, its program counter and stack pointer would leave their registers.
import CRuntimeSupport
import PythonBytecode
import TraceModel

/// What the loop is compiled for: with or without the probes of every reference.
protocol LoopPolicy { static var recordsReferences: Bool { get } }
enum QuietLoop: LoopPolicy { @inline(__always) static var recordsReferences: Bool { false } }
enum RecordingLoop: LoopPolicy { @inline(__always) static var recordsReferences: Bool { true } }

/// Runs a frame. `raising`: the thread's exception arises at its instruction. nil: an exception left the frame.
@inline(never) func runFrame(_ t: ThreadState, _ frame: Frame, raising: Bool) -> Object? {
  guard enterNative(t, "") else {
    abandonFrame(t, frame)
    return nil
  }
  return exuvia_level() >= probeLevelRefs
    ? runRecording(t, frame, raising: raising) : runQuiet(t, frame, raising: raising)
}

@inline(never) private func runQuiet(_ t: ThreadState, _ frame: Frame, raising: Bool) -> Object? {
  runLoop(QuietLoop.self, t, frame.pointer, raising: raising)
}
@inline(never) private func runRecording(_ t: ThreadState, _ frame: Frame, raising: Bool) -> Object? {
  runLoop(RecordingLoop.self, t, frame.pointer, raising: raising)
}

@inline(__always) private func keep<P: LoopPolicy>(_: P.Type, _ o: Object) {
  let count = o.refcount
  if count >= 0 {
    o.refcount = count &+ 1
    if P.recordsReferences { probeIncref(o) }
  }
}
@inline(__always) private func drop<P: LoopPolicy>(_: P.Type, _ o: Object) {
  let count = o.refcount
  if count >= 0 {
    o.refcount = count &- 1
    if P.recordsReferences { probeDecref(o) }
    if count == 1 { deallocate(o) }
  }
}

/// Replaces the item below the top of the stack by `depth`, without releasing the old one.
@inline(__always) func poke(_ sp: UnsafeMutablePointer<Object?>, _ depth: Int, _ o: Object?) {
  // N.B. as raw bytes: the optimiser of Swift 6.3 drops a store to `(sp - 1).pointee` that a store to `sp.pointee` follows.
  UnsafeMutableRawPointer(sp).storeBytes(of: o, toByteOffset: -8 &* depth, as: Object?.self)
}

/// The item below the top of the stack by `depth`.
@inline(__always) private func peek(_ sp: UnsafeMutablePointer<Object?>, _ depth: Int) -> Object {
  (sp - depth).pointee.unsafelyUnwrapped
}

@inline(__always)
private func runLoop<P: LoopPolicy>(
  _ policy: P.Type, _ t: ThreadState, _ entry: UnsafeMutablePointer<FrameLayout>, raising entryRaises: Bool
) -> Object? {
  var frame = entry
  var raising = entryRaises
  var addsTraceback = true
  // Where the handler is looked for, when that is not the frame's instruction.
  var handlerPlace: UnsafeMutablePointer<UInt32>?
  let none = core.pointee.none
  frame.pointee.isEntry = true
  frame.pointee.previous = t.frame?.pointer
  t.setFrame(frame)
  if Probes.recordsCalls, frame.pointee.owner != .generator { Probes.callBegin(Frame(frame)) }
  t.pointer.pointee.recursionDepth += 1
  if t.pointer.pointee.recursionDepth > RecursionLimit.frames, !raising {
    raiseRecursion(t)
    raising = true
    addsTraceback = false
    frame.pointee.instruction = frame.pointee.code.codeLayout.pointee.instructions
  }

  outer: while true {
    let code = frame.pointee.code.codeLayout
    let first = code.pointee.instructions
    let locals = Frame(frame).fastLocals
    var sp = frame.pointee.stackTop
    var pc = frame.pointee.instruction

    // An exception is raised at `pc`: to its handler, or out of the frame.
    if raising {
      if addsTraceback, let exception = t.raised {
        if !frame.pointee.isIncomplete { addTraceback(t, Frame(frame)) }
        Probes.raised(t, exception)
      }
      addsTraceback = true
      let bottom = locals + code.pointee.localCount
      let word = UInt32(truncatingIfNeeded: (handlerPlace ?? pc) - first)
      handlerPlace = nil
      if let range = code.pointee.source.takeUnretainedValue().exceptionRange(at: word), let exception = t.takeRaised()
      {
        let target = bottom + Int(range.depth)
        while sp > target {
          sp -= 1
          frame.pointee.stackTop = sp
          if let o = sp.pointee { o.release() }
        }
        if range.pushesLastInstruction {
          sp.pointee = makeInt(frame.pointee.instruction - first)
          sp += 1
        }
        sp.pointee = exception
        sp += 1
        pc = first + Int(range.target)
        raising = false
      } else {
        while sp > bottom {
          sp -= 1
          frame.pointee.stackTop = sp
          if let o = sp.pointee { o.release() }
        }
        let isEntry = frame.pointee.isEntry
        let caller = frame.pointee.previous
        t.pointer.pointee.recursionDepth -= 1
        let instance = frame.pointee.instance
        frame.pointee.instance = nil
        if frame.pointee.owner == .generator { probeUnwind(t, frame, at: word) }
        leaveFrame(t, frame, returning: nil)
        // The call of the class failed: its instance goes after the frame, as in CPython.
        instance.release()
        if isEntry { return nil }
        frame = caller.unsafelyUnwrapped
        continue outer
      }
    }

    let constants = code.pointee.constants
    let names = code.pointee.names

    while true {
      frame.pointee.instruction = pc
      let word = pc.pointee
      let operand = Int(word &>> 8)
      switch unsafeBitCast(UInt8(truncatingIfNeeded: word), to: Instruction.self) {

      // MARK: Locals, constants, stack
      case .nop: pc += 1
      case .loadFast:
        let o = locals[operand].unsafelyUnwrapped
        keep(policy, o)
        sp.pointee = o
        sp += 1
        pc += 1
      case .loadFastLoadFast:
        let a = locals[operand &>> 12].unsafelyUnwrapped
        let b = locals[operand & 0xFFF].unsafelyUnwrapped
        keep(policy, a)
        keep(policy, b)
        sp.pointee = a
        sp[1] = b
        sp += 2
        pc += 1
      case .storeFast:
        sp -= 1
        let old = locals[operand]
        locals[operand] = sp.pointee
        if let old {
          frame.pointee.stackTop = sp
          drop(policy, old)
        }
        pc += 1
      case .storeFastLoadFast:
        let target = operand &>> 12
        let old = locals[target]
        locals[target] = (sp - 1).pointee
        let o = locals[operand & 0xFFF].unsafelyUnwrapped
        keep(policy, o)
        poke(sp, 1, o)
        if let old {
          frame.pointee.stackTop = sp
          drop(policy, old)
        }
        pc += 1
      case .storeFastStoreFast:
        let a = operand &>> 12
        let b = operand & 0xFFF
        sp -= 2
        frame.pointee.stackTop = sp
        let (high, low) = (sp[1], sp[0])
        let old = locals[a]
        locals[a] = high
        if let old { drop(policy, old) }
        let older = locals[b]
        locals[b] = low
        if let older { drop(policy, older) }
        pc += 1
      case .loadConst:
        let o = constants[operand]
        keep(policy, o)
        sp.pointee = o
        sp += 1
        pc += 1
      case .popTop:
        sp -= 1
        frame.pointee.stackTop = sp
        if let o = sp.pointee { drop(policy, o) }
        pc += 1
      case .copy:
        let o = (sp - operand).pointee
        if let o { keep(policy, o) }
        sp.pointee = o
        sp += 1
        pc += 1
      case .swap:
        let top = (sp - 1).pointee
        poke(sp, 1, (sp - operand).pointee)
        poke(sp, operand, top)
        pc += 1
      case .pushNull:
        sp.pointee = nil
        sp += 1
        pc += 1
      case .loadFastCheck:
        guard let o = locals[operand] else {
          frame.pointee.stackTop = sp
          Slow.raiseUnbound(t, Frame(frame), operand)
          raising = true
          continue outer
        }
        keep(policy, o)
        sp.pointee = o
        sp += 1
        pc += 1
      case .loadFastAndClear:
        sp.pointee = locals[operand]
        locals[operand] = nil
        sp += 1
        pc += 1
      case .deleteFast:
        frame.pointee.stackTop = sp
        guard let old = locals[operand] else {
          Slow.raiseUnbound(t, Frame(frame), operand)
          raising = true
          continue outer
        }
        locals[operand] = nil
        drop(policy, old)
        pc += 1

      // MARK: Cells
      case .makeCell:
        frame.pointee.stackTop = sp
        locals[operand] = makeCell(steal: locals[operand])
        pc += 1
      case .copyFreeVars:
        if let closure = frame.pointee.function.functionLayout.pointee.closure {
          let place = locals + (code.pointee.localCount - operand)
          for i in 0..<operand {
            let cell = closure.tupleItems[i]
            keep(policy, cell)
            place[i] = cell
          }
        }
        pc += 1
      case .loadDeref:
        let cell = locals[operand].unsafelyUnwrapped
        guard let o = cell.cellLayout.pointee.content else {
          frame.pointee.stackTop = sp
          Slow.raiseUnbound(t, Frame(frame), operand)
          raising = true
          continue outer
        }
        keep(policy, o)
        sp.pointee = o
        sp += 1
        pc += 1
      case .storeDeref:
        sp -= 1
        frame.pointee.stackTop = sp
        setCell(locals[operand].unsafelyUnwrapped, steal: sp.pointee)
        pc += 1
      case .deleteDeref:
        frame.pointee.stackTop = sp
        let cell = locals[operand].unsafelyUnwrapped
        guard cell.cellLayout.pointee.content != nil else {
          Slow.raiseUnbound(t, Frame(frame), operand)
          raising = true
          continue outer
        }
        setCell(cell, steal: nil)
        pc += 1
      case .loadFromDictOrDeref:
        frame.pointee.stackTop = sp
        guard Slow.loadFromDictOrDeref(t, Frame(frame), sp, operand) else {
          raising = true
          continue outer
        }
        pc += 1

      // MARK: Names
      case .loadGlobal:
        let push = operand & 1
        // pc[1] version of the globals' keys, pc[2] of the builtins' keys when the name is there, pc[3] index + 1.
        let index = Int(pc[3]) &- 1
        if index >= 0 {
          let keys = frame.pointee.globals.dictKeys
          if keys.pointee.version == pc[1] {
            var found: Object?
            if pc[2] == 0 {
              found = keys.pointee.entries[index].value
            } else {
              let builtinKeys = frame.pointee.builtins.dictKeys
              if builtinKeys.pointee.version == pc[2] { found = builtinKeys.pointee.entries[index].value }
            }
            if let o = found {
              keep(policy, o)
              sp.pointee = o
              sp[1] = nil
              sp += 1 &+ push
              pc += 5
              continue
            }
          }
        }
        frame.pointee.stackTop = sp
        guard let o = Slow.loadGlobal(t, Frame(frame), names[operand &>> 1], pc) else {
          raising = true
          continue outer
        }
        sp.pointee = o
        sp[1] = nil
        sp += 1 &+ push
        pc += 5
      case .storeGlobal:
        sp -= 1
        frame.pointee.stackTop = sp
        let value = sp.pointee.unsafelyUnwrapped
        let done = dictSet(t, frame.pointee.globals, names[operand], value)
        drop(policy, value)
        guard done else {
          raising = true
          continue outer
        }
        pc += 1
      case .deleteGlobal:
        frame.pointee.stackTop = sp
        guard Slow.deleteGlobal(t, Frame(frame), names[operand]) else {
          raising = true
          continue outer
        }
        pc += 1
      case .loadName:
        frame.pointee.stackTop = sp
        guard let o = Slow.loadName(t, Frame(frame), names[operand]) else {
          raising = true
          continue outer
        }
        sp.pointee = o
        sp += 1
        pc += 1
      case .storeName:
        sp -= 1
        frame.pointee.stackTop = sp
        let value = sp.pointee.unsafelyUnwrapped
        let done = Slow.storeName(t, Frame(frame), names[operand], value)
        drop(policy, value)
        guard done else {
          raising = true
          continue outer
        }
        pc += 1
      case .deleteName:
        frame.pointee.stackTop = sp
        guard Slow.deleteName(t, Frame(frame), names[operand]) else {
          raising = true
          continue outer
        }
        pc += 1
      case .loadFromDictOrGlobals:
        frame.pointee.stackTop = sp
        guard Slow.loadFromDictOrGlobals(t, Frame(frame), sp, names[operand]) else {
          raising = true
          continue outer
        }
        pc += 1
      case .loadLocals:
        frame.pointee.stackTop = sp
        guard let namespace = frame.pointee.locals else {
          t.raise(.SystemError, "no locals")
          raising = true
          continue outer
        }
        keep(policy, namespace)
        sp.pointee = namespace
        sp += 1
        pc += 1
      case .loadBuildClass:
        frame.pointee.stackTop = sp
        guard let o = Slow.loadBuildClass(t, Frame(frame)) else {
          raising = true
          continue outer
        }
        sp.pointee = o
        sp += 1
        pc += 1
      case .loadAssertionError:
        sp.pointee = exceptionType(.AssertionError).object.retained()
        sp += 1
        pc += 1
      case .setupAnnotations:
        frame.pointee.stackTop = sp
        guard Slow.setupAnnotations(t, Frame(frame)) else {
          raising = true
          continue outer
        }
        pc += 1

      // MARK: Attributes
      case .loadAttr:
        let owner = peek(sp, 1)
        let type = owner.type
        let isMethod = operand & 1
        // pc[1] type version, pc[2] kind and index, pc[3] key version, pc[4...5] descriptor. See Loop+Caches.
        if pc[1] != 0, pc[1] == type.pointer.pointee.version {
          switch AttributeCache.kind(pc) {
          case .inlineValue:
            if owner.hasInlineValues, AttributeCache.index(pc) < Int(owner.inlineHead.pointee.capacity),
              let o = owner.inlineValues[AttributeCache.index(pc)]
            {
              keep(policy, o)
              poke(sp, 1, o)
              sp.pointee = nil
              sp += isMethod
              pc += 7
              frame.pointee.stackTop = sp
              drop(policy, owner)
              continue
            }
          case .method:
            if isMethod == 1, AttributeCache.instanceLacksName(pc, owner) {
              let o = AttributeCache.object(pc)
              keep(policy, o)
              poke(sp, 1, o)
              sp.pointee = owner
              sp += 1
              pc += 7
              continue
            }
          case .typeAttribute:
            if AttributeCache.instanceLacksName(pc, owner) {
              let o = AttributeCache.object(pc)
              keep(policy, o)
              poke(sp, 1, o)
              sp.pointee = nil
              sp += isMethod
              pc += 7
              frame.pointee.stackTop = sp
              drop(policy, owner)
              continue
            }
          case .module:
            if let keys = moduleDict(owner)?.dictKeys, keys.pointee.version == pc[3],
              let o = keys.pointee.entries[AttributeCache.index(pc)].value
            {
              keep(policy, o)
              poke(sp, 1, o)
              sp.pointee = nil
              sp += isMethod
              pc += 7
              frame.pointee.stackTop = sp
              drop(policy, owner)
              continue
            }
          case .slot:
            let place = (owner.address + AttributeCache.index(pc)).assumingMemoryBound(to: Object?.self)
            if let o = place.pointee {
              keep(policy, o)
              poke(sp, 1, o)
              sp.pointee = nil
              sp += isMethod
              pc += 7
              frame.pointee.stackTop = sp
              drop(policy, owner)
              continue
            }
          case .none: break
          }
        }
        frame.pointee.stackTop = sp
        let name = names[operand &>> 1]
        if isMethod == 1 {
          var unbound = false
          guard let o = loadMethod(t, owner, name, unbound: &unbound) else {
            raising = true
            continue outer
          }
          poke(sp, 1, o)
          if unbound {
            sp.pointee = owner
            sp += 1
            AttributeCache.fill(t, pc, owner, name, o)
          } else {
            sp.pointee = nil
            sp += 1
            AttributeCache.fill(t, pc, owner, name, o)
            frame.pointee.stackTop = sp
            drop(policy, owner)
          }
        } else {
          guard let o = getAttribute(t, owner, name) else {
            raising = true
            continue outer
          }
          AttributeCache.fill(t, pc, owner, name, o)
          poke(sp, 1, o)
          drop(policy, owner)
        }
        pc += 7
      case .storeAttr:
        let owner = peek(sp, 1)
        let value = peek(sp, 2)
        if pc[1] != 0, pc[1] == owner.type.pointer.pointee.version {
          let index = Int(pc[2])
          if owner.hasInlineValues, index < Int(owner.inlineHead.pointee.capacity) {
            let old = owner.inlineValues[index]
            owner.inlineValues[index] = value
            if old == nil {
              let head = owner.inlineHead
              owner.inlineOrder[Int(head.pointee.count)] = UInt8(truncatingIfNeeded: index)
              head.pointee.count &+= 1
            }
            if exuvia_level() >= probeLevelLinks { storeProbe(owner, .attribute(names[operand]), old, value) }
            sp -= 2
            frame.pointee.stackTop = sp
            if let old { drop(policy, old) }
            drop(policy, owner)
            pc += 5
            continue
          }
        }
        frame.pointee.stackTop = sp
        let stored = setAttribute(t, owner, names[operand], value)
        guard stored else {
          raising = true
          continue outer
        }
        AttributeCache.fillStore(t, pc, owner, names[operand])
        sp -= 2
        frame.pointee.stackTop = sp
        drop(policy, value)
        drop(policy, owner)
        pc += 5
      case .deleteAttr:
        frame.pointee.stackTop = sp
        guard setAttribute(t, peek(sp, 1), names[operand], nil) else {
          raising = true
          continue outer
        }
        sp -= 1
        frame.pointee.stackTop = sp
        drop(policy, sp.pointee.unsafelyUnwrapped)
        pc += 1
      case .loadSuperAttr:
        frame.pointee.stackTop = sp
        guard Slow.loadSuperAttr(t, sp, names[operand &>> 2], operand) else {
          raising = true
          continue outer
        }
        sp += (operand & 1) &- 2
        pc += 2

      // MARK: Operators
      case .binaryOp:
        let a = peek(sp, 2)
        let b = peek(sp, 1)
        let types = core
        frame.pointee.stackTop = sp
        if a.type == types.pointee.types.int, b.type == types.pointee.types.int, a.isSmallInt, b.isSmallInt,
          let o = FastNumber.integers(operand, a.smallInt, b.smallInt)
        {
          sp -= 1
          poke(sp, 1, o)
          drop(policy, b)
          drop(policy, a)
          pc += 2
          continue
        }
        if a.type == types.pointee.types.float, b.type == types.pointee.types.float {
          if let o = FastNumber.floats(operand, a.double, b.double) {
            sp -= 1
            poke(sp, 1, o)
            drop(policy, b)
            drop(policy, a)
            pc += 2
            continue
          }
        }
        guard let o = Slow.binaryOperation(t, operand, a, b) else {
          Slow.dropInputs(t, frame, 2)
          raising = true
          continue outer
        }
        sp -= 1
        poke(sp, 1, o)
        frame.pointee.stackTop = sp
        drop(policy, a)
        drop(policy, b)
        pc += 2
      case .compareOp:
        let a = peek(sp, 2)
        let b = peek(sp, 1)
        let types = core
        frame.pointee.stackTop = sp
        if a.type == b.type {
          if a.type == types.pointee.types.int, a.isSmallInt, b.isSmallInt {
            let (x, y) = (a.smallInt, b.smallInt)
            let bit = x < y ? 2 : x > y ? 4 : 8
            sp -= 1
            poke(sp, 1, operand & bit != 0 ? types.pointee.true : types.pointee.false)
            drop(policy, b)
            drop(policy, a)
            pc += 2
            continue
          }
          if a.type == types.pointee.types.float {
            let (x, y) = (a.double, b.double)
            let bit = x < y ? 2 : x > y ? 4 : x == y ? 8 : 1
            sp -= 1
            poke(sp, 1, operand & bit != 0 ? types.pointee.true : types.pointee.false)
            drop(policy, b)
            drop(policy, a)
            pc += 2
            continue
          }
          if a.type == types.pointee.types.str, operand &>> 5 == 2 || operand &>> 5 == 3 {
            let equal = a == b || strEqual(a, b)
            sp -= 1
            poke(sp, 1, equal == (operand &>> 5 == 2) ? types.pointee.true : types.pointee.false)
            drop(policy, b)
            drop(policy, a)
            pc += 2
            continue
          }
        }
        guard let o = Slow.compare(t, operand, a, b) else {
          Slow.dropInputs(t, frame, 2)
          raising = true
          continue outer
        }
        sp -= 1
        poke(sp, 1, o)
        frame.pointee.stackTop = sp
        drop(policy, a)
        drop(policy, b)
        pc += 2
      case .unaryNegative, .unaryInvert:
        frame.pointee.stackTop = sp
        let a = peek(sp, 1)
        let isNegative = unsafeBitCast(UInt8(truncatingIfNeeded: word), to: Instruction.self) == .unaryNegative
        guard let o = unaryOperation(t, isNegative ? .negative : .invert, a) else {
          raising = true
          continue outer
        }
        poke(sp, 1, o)
        drop(policy, a)
        pc += 1
      case .unaryNot:
        poke(sp, 1, peek(sp, 1) == core.pointee.false ? core.pointee.true : core.pointee.false)
        pc += 1
      case .toBool:
        let o = peek(sp, 1)
        if o != core.pointee.true, o != core.pointee.false {
          frame.pointee.stackTop = sp
          let truth = isTrue(t, o)
          guard truth >= 0 else {
            raising = true
            continue outer
          }
          poke(sp, 1, truth == 1 ? core.pointee.true : core.pointee.false)
          drop(policy, o)
        }
        pc += 2
      case .isOp:
        sp -= 1
        let b = sp.pointee.unsafelyUnwrapped
        let a = peek(sp, 1)
        poke(sp, 1, (a == b) == (operand == 0) ? core.pointee.true : core.pointee.false)
        frame.pointee.stackTop = sp
        drop(policy, a)
        drop(policy, b)
        pc += 1
      case .containsOp:
        frame.pointee.stackTop = sp
        let item = peek(sp, 2)
        let container = peek(sp, 1)
        let found = sequenceContains(t, container, item)
        guard found >= 0 else {
          raising = true
          continue outer
        }
        sp -= 1
        poke(sp, 1, (found == 1) == (operand == 0) ? core.pointee.true : core.pointee.false)
        frame.pointee.stackTop = sp
        drop(policy, item)
        drop(policy, container)
        pc += 2

      // MARK: Subscripts
      case .binarySubscr:
        let container = peek(sp, 2)
        let key = peek(sp, 1)
        frame.pointee.stackTop = sp
        let types = core
        if key.type == types.pointee.types.int, key.isSmallInt {
          let index = key.smallInt
          var found: Object?
          if container.type == types.pointee.types.list {
            if index >= 0, index < container.listCount { found = container.listItems[index] }
          } else if container.type == types.pointee.types.tuple {
            if index >= 0, index < container.tupleCount { found = container.tupleItems[index] }
          }
          if let o = found {
            keep(policy, o)
            sp -= 1
            poke(sp, 1, o)
            frame.pointee.stackTop = sp
            drop(policy, key)
            drop(policy, container)
            pc += 2
            continue
          }
        }
        guard let o = getItem(t, container, key) else {
          raising = true
          continue outer
        }
        sp -= 1
        poke(sp, 1, o)
        frame.pointee.stackTop = sp
        drop(policy, container)
        drop(policy, key)
        pc += 2
      case .storeSubscr:
        let key = peek(sp, 1)
        let container = peek(sp, 2)
        let value = peek(sp, 3)
        frame.pointee.stackTop = sp
        if container.type == core.pointee.types.list, key.type == core.pointee.types.int, key.isSmallInt {
          let index = key.smallInt
          if index >= 0, index < container.listCount {
            let old = container.listItems[index]
            container.listItems[index] = value
            storedItem(container, index, old, value)
            sp -= 3
            frame.pointee.stackTop = sp
            drop(policy, old)
            drop(policy, key)
            drop(policy, container)
            pc += 2
            continue
          }
        }
        guard setItem(t, container, key, value) else {
          raising = true
          continue outer
        }
        sp -= 3
        frame.pointee.stackTop = sp
        drop(policy, value)
        drop(policy, container)
        drop(policy, key)
        pc += 2
      case .deleteSubscr:
        frame.pointee.stackTop = sp
        let key = peek(sp, 1)
        let container = peek(sp, 2)
        guard delItem(t, container, key) else {
          raising = true
          continue outer
        }
        sp -= 2
        frame.pointee.stackTop = sp
        drop(policy, container)
        drop(policy, key)
        pc += 1
      case .binarySlice:
        frame.pointee.stackTop = sp
        guard Slow.binarySlice(t, sp) else {
          raising = true
          continue outer
        }
        sp -= 2
        pc += 1
      case .storeSlice:
        frame.pointee.stackTop = sp
        guard Slow.storeSlice(t, sp) else {
          raising = true
          continue outer
        }
        sp -= 4
        pc += 1

      // MARK: Building
      case .buildTuple:
        frame.pointee.stackTop = sp
        let o: Object
        if operand == 0 {
          o = core.pointee.emptyTuple
        } else {
          o = makeTuple(stealing: Slow.items(sp - operand), count: operand)
        }
        sp -= operand
        sp.pointee = o
        sp += 1
        pc += 1
      case .buildList:
        frame.pointee.stackTop = sp
        let o = makeList(stealing: Slow.items(sp - operand), count: operand)
        sp -= operand
        sp.pointee = o
        sp += 1
        pc += 1
      case .buildSet:
        frame.pointee.stackTop = sp
        guard let o = Slow.buildSet(t, sp, operand) else {
          raising = true
          continue outer
        }
        sp -= operand
        sp.pointee = o
        sp += 1
        pc += 1
      case .buildMap:
        frame.pointee.stackTop = sp
        guard let o = Slow.buildMap(t, sp, operand) else {
          raising = true
          continue outer
        }
        sp -= 2 &* operand
        sp.pointee = o
        sp += 1
        pc += 1
      case .buildConstKeyMap:
        frame.pointee.stackTop = sp
        guard let o = Slow.buildConstKeyMap(t, sp, operand) else {
          raising = true
          continue outer
        }
        sp -= operand &+ 1
        sp.pointee = o
        sp += 1
        pc += 1
      case .buildString:
        frame.pointee.stackTop = sp
        let o = Slow.buildString(t, sp, operand)
        sp -= operand
        sp.pointee = o
        sp += 1
        pc += 1
      case .buildSlice:
        frame.pointee.stackTop = sp
        let o = Slow.buildSlice(sp, operand)
        sp -= operand
        sp.pointee = o
        sp += 1
        pc += 1
      case .listAppend:
        sp -= 1
        frame.pointee.stackTop = sp
        listAppend(peek(sp, operand), stealing: sp.pointee.unsafelyUnwrapped)
        pc += 1
      case .setAdd:
        sp -= 1
        frame.pointee.stackTop = sp
        let item = sp.pointee.unsafelyUnwrapped
        let done = setAdd(t, peek(sp, operand), item)
        drop(policy, item)
        guard done else {
          raising = true
          continue outer
        }
        pc += 1
      case .mapAdd:
        frame.pointee.stackTop = sp
        let value = peek(sp, 1)
        let key = peek(sp, 2)
        sp -= 2
        frame.pointee.stackTop = sp
        let done = dictSet(t, peek(sp, operand), key, value)
        drop(policy, key)
        drop(policy, value)
        guard done else {
          raising = true
          continue outer
        }
        pc += 1
      case .listExtend:
        frame.pointee.stackTop = sp
        guard Slow.listExtend(t, peek(sp, operand &+ 1), peek(sp, 1)) else {
          raising = true
          continue outer
        }
        sp -= 1
        frame.pointee.stackTop = sp
        drop(policy, sp.pointee.unsafelyUnwrapped)
        pc += 1
      case .setUpdate:
        frame.pointee.stackTop = sp
        guard Slow.setUpdate(t, peek(sp, operand &+ 1), peek(sp, 1)) else {
          raising = true
          continue outer
        }
        sp -= 1
        frame.pointee.stackTop = sp
        drop(policy, sp.pointee.unsafelyUnwrapped)
        pc += 1
      case .dictUpdate:
        frame.pointee.stackTop = sp
        guard Slow.dictUpdate(t, peek(sp, operand &+ 1), peek(sp, 1)) else {
          raising = true
          continue outer
        }
        sp -= 1
        frame.pointee.stackTop = sp
        drop(policy, sp.pointee.unsafelyUnwrapped)
        pc += 1
      case .dictMerge:
        frame.pointee.stackTop = sp
        guard Slow.dictMerge(t, peek(sp, operand &+ 1), peek(sp, 1), function: peek(sp, operand &+ 4)) else {
          raising = true
          continue outer
        }
        sp -= 1
        frame.pointee.stackTop = sp
        drop(policy, sp.pointee.unsafelyUnwrapped)
        pc += 1
      case .unpackSequence:
        let sequence = peek(sp, 1)
        frame.pointee.stackTop = sp
        guard Slow.unpackSequence(t, sequence, operand, sp - 1) else {
          raising = true
          continue outer
        }
        sp += operand &- 1
        frame.pointee.stackTop = sp
        drop(policy, sequence)
        pc += 2
      case .unpackEx:
        let sequence = peek(sp, 1)
        frame.pointee.stackTop = sp
        guard Slow.unpackEx(t, sequence, before: operand & 0xFF, after: operand &>> 8, sp - 1) else {
          raising = true
          continue outer
        }
        sp += (operand & 0xFF) &+ (operand &>> 8)
        frame.pointee.stackTop = sp
        drop(policy, sequence)
        pc += 1

      // MARK: Formatting
      case .formatSimple:
        let o = peek(sp, 1)
        if o.type != core.pointee.types.str {
          frame.pointee.stackTop = sp
          guard let text = format(t, o, nil) else {
            raising = true
            continue outer
          }
          poke(sp, 1, text)
          drop(policy, o)
        }
        pc += 1
      case .formatWithSpec:
        frame.pointee.stackTop = sp
        let spec = peek(sp, 1)
        let o = peek(sp, 2)
        guard let text = format(t, o, spec) else {
          raising = true
          continue outer
        }
        sp -= 1
        poke(sp, 1, text)
        drop(policy, o)
        drop(policy, spec)
        pc += 1
      case .convertValue:
        frame.pointee.stackTop = sp
        let o = peek(sp, 1)
        guard let text = operand == 1 ? str(t, o) : operand == 2 ? repr(t, o) : ascii(t, o) else {
          raising = true
          continue outer
        }
        poke(sp, 1, text)
        drop(policy, o)
        pc += 1

      // MARK: Jumps
      case .jumpForward, .jumpBackwardNoInterrupt: pc = first + operand
      case .jumpBackward:
        if t.pointer.pointee.breaker != 0 {
          frame.pointee.stackTop = sp
          guard handleBreaker(t) else {
            raising = true
            continue outer
          }
        }
        pc = first + operand
      case .popJumpIfFalse:
        sp -= 1
        pc = sp.pointee == core.pointee.false ? first + operand : pc + 1
      case .popJumpIfTrue:
        sp -= 1
        pc = sp.pointee == core.pointee.true ? first + operand : pc + 1
      case .popJumpIfNone:
        sp -= 1
        if sp.pointee == none {
          pc = first + operand
        } else {
          frame.pointee.stackTop = sp
          drop(policy, sp.pointee.unsafelyUnwrapped)
          pc += 1
        }
      case .popJumpIfNotNone:
        sp -= 1
        if sp.pointee == none {
          pc += 1
        } else {
          frame.pointee.stackTop = sp
          drop(policy, sp.pointee.unsafelyUnwrapped)
          pc = first + operand
        }

      // MARK: Iteration
      case .getIter:
        frame.pointee.stackTop = sp
        let o = peek(sp, 1)
        guard let iterator = iterate(t, o) else {
          raising = true
          continue outer
        }
        poke(sp, 1, iterator)
        drop(policy, o)
        pc += 1
      case .forIter:
        let iterator = peek(sp, 1)
        let type = iterator.type
        let types = core
        frame.pointee.stackTop = sp
        if type == types.pointee.types.rangeIterator {
          let p = iterator.layout(RangeIteratorLayout.self)
          if p.pointee.largeLeft == nil {
            if p.pointee.left > 0 {
              let value = p.pointee.next
              p.pointee.next = value &+ p.pointee.step
              p.pointee.left &-= 1
              sp.pointee = makeInt(value)
              sp += 1
              pc += 2
            } else {
              sp -= 1
              frame.pointee.stackTop = sp
              drop(policy, iterator)
              pc = first + operand + 2
            }
            continue
          }
        } else if type == types.pointee.types.listIterator {
          let p = iterator.iteratorLayout
          if let list = p.pointee.source, p.pointee.index >= 0, p.pointee.index < list.listCount {
            let o = list.listItems[p.pointee.index]
            p.pointee.index &+= 1
            keep(policy, o)
            sp.pointee = o
            sp += 1
            pc += 2
            continue
          }
        } else if type == types.pointee.types.tupleIterator {
          let p = iterator.iteratorLayout
          if let tuple = p.pointee.source, p.pointee.index < tuple.tupleCount {
            let o = tuple.tupleItems[p.pointee.index]
            p.pointee.index &+= 1
            keep(policy, o)
            sp.pointee = o
            sp += 1
            pc += 2
            continue
          }
        } else if type == types.pointee.types.generator {
          let state = iterator.generatorLayout.pointee.state
          if state == .created || state == .suspended || state == .suspendedYieldFrom,
            t.pointer.pointee.recursionDepth < RecursionLimit.frames
          {
            frame.pointee.returnOffset = Int32(truncatingIfNeeded: (first + operand) - pc)
            let inner = prepareResume(t, iterator, nil)
            if exuvia_level() != 0 { Probes.generatorResume(iterator, .next, line: inner.line, nil) }
            inner.pointer.pointee.previous = frame
            inner.pointer.pointee.isEntry = false
            t.pointer.pointee.recursionDepth += 1
            frame = inner.pointer
            t.setFrame(frame)
            continue outer
          }
        }
        if let next = type.pointer.pointee.next {
          if let o = next.call(t, iterator) {
            sp.pointee = o
            sp += 1
            pc += 2
            continue
          }
          guard Slow.isExhausted(t) else {
            raising = true
            continue outer
          }
          sp -= 1
          frame.pointee.stackTop = sp
          drop(policy, iterator)
          pc = first + operand + 2
        } else {
          t.raise(.TypeError, "'\(iterator.typeName)' object is not an iterator")
          raising = true
          continue outer
        }
      case .endFor:
        sp -= 1
        frame.pointee.stackTop = sp
        drop(policy, sp.pointee.unsafelyUnwrapped)
        pc += 1

      // MARK: Calls
      case .call:
        frame.pointee.stackTop = sp
        var callable = peek(sp, operand &+ 2)
        var base = sp - operand
        var count = operand
        // 1. A bound method gives its function and its receiver.
        if (base - 1).pointee == nil, callable.type == core.pointee.types.method {
          let method = callable
          let m = method.methodLayout
          callable = m.pointee.function
          keep(policy, callable)
          keep(policy, m.pointee.receiver)
          poke(base, 1, m.pointee.receiver)
          poke(base, 2, callable)
          drop(policy, method)
        }
        if (base - 1).pointee != nil {
          base -= 1
          count &+= 1
        }
        let type = callable.type
        // 2. A Python function: a new frame takes over the arguments.
        if type == core.pointee.types.function {
          frame.pointee.returnOffset = 4
          let inner = pushFrame(t, steal: callable, steal: nil)
          let target = inner.pointer.pointee.code.codeLayout
          frame.pointee.stackTop = sp - operand - 2
          if target.pointee.isSimple, Int(target.pointee.argumentCount) == count {
            let slots = inner.fastLocals
            for i in 0..<count { slots[i] = base[i] }
          } else if !bindArguments(t, inner, Slow.items(base), count, keywords: nil) {
            abandonFrame(t, inner)
            raising = true
            continue outer
          }
          inner.pointer.pointee.previous = frame
          t.pointer.pointee.recursionDepth += 1
          frame = inner.pointer
          t.setFrame(frame)
          if Probes.recordsCalls { Probes.callBegin(Frame(frame)) }
          if t.pointer.pointee.recursionDepth > RecursionLimit.frames {
            raiseRecursion(t)
            raising = true
            addsTraceback = false
          }
          continue outer
        }
        // 3. A class whose instances are plain and whose `__init__` is a Python function: the frame of `__init__` gives the instance.
        if type == core.pointee.types.type, pc[1] != 0, (sp - operand - 1).pointee == nil,
          pc[1] == TypeObject(unchecked: callable).pointer.pointee.version
        {
          let initializer = Object(
            UnsafeMutableRawPointer(bitPattern: UInt(pc[2]) | UInt(pc[3]) &<< 32).unsafelyUnwrapped)
          let instance = Instance.allocate(TypeObject(unchecked: callable))
          keep(policy, initializer)
          keep(policy, instance)
          frame.pointee.returnOffset = 4
          let inner = pushFrame(t, steal: initializer, steal: nil)
          inner.pointer.pointee.instance = instance
          let target = inner.pointer.pointee.code.codeLayout
          base -= 1
          base.pointee = instance
          frame.pointee.stackTop = sp - operand - 2
          if target.pointee.isSimple, Int(target.pointee.argumentCount) == count &+ 1 {
            let slots = inner.fastLocals
            for i in 0...count { slots[i] = base[i] }
          } else if !bindArguments(t, inner, Slow.items(base), count &+ 1, keywords: nil) {
            abandonFrame(t, inner)
            drop(policy, callable)
            raising = true
            continue outer
          }
          drop(policy, callable)
          inner.pointer.pointee.previous = frame
          t.pointer.pointee.recursionDepth += 1
          frame = inner.pointer
          t.setFrame(frame)
          if Probes.recordsCalls { Probes.callBegin(Frame(frame)) }
          if t.pointer.pointee.recursionDepth > RecursionLimit.frames {
            raiseRecursion(t)
            raising = true
            addsTraceback = false
          }
          continue outer
        }
        // 4. Native functions and everything else.
        let result: Object?
        let arguments = Arguments(base: Slow.items(base), count: count)
        if type == core.pointee.types.nativeFunction {
          result = NativeFunctionSlots.call(t, callable, arguments)
        } else if type == core.pointee.types.methodDescriptor {
          result = NativeFunctionSlots.callDescriptor(t, callable, arguments)
        } else {
          if type == core.pointee.types.type { InitializerCache.fill(t, pc, TypeObject(unchecked: callable)) }
          result = call(t, callable, arguments)
        }
        // The arguments go first, then the callable, as CPython releases them.
        for i in 0..<count { if let o = base[i] { drop(policy, o) } }
        sp -= operand &+ 2
        drop(policy, callable)
        frame.pointee.stackTop = sp
        guard let result else {
          raising = true
          continue outer
        }
        sp.pointee = result
        sp += 1
        if t.pointer.pointee.breaker != 0 {
          frame.pointee.stackTop = sp
          guard handleBreaker(t) else {
            raising = true
            continue outer
          }
        }
        pc += 4
      case .callKw:
        frame.pointee.stackTop = sp
        switch Slow.callKeywords(t, frame, sp, operand) {
        case .entered(let inner):
          frame.pointee.returnOffset = 1
          inner.pointer.pointee.previous = frame
          t.pointer.pointee.recursionDepth += 1
          frame = inner.pointer
          t.setFrame(frame)
          if Probes.recordsCalls { Probes.callBegin(Frame(frame)) }
          if t.pointer.pointee.recursionDepth > RecursionLimit.frames {
            raiseRecursion(t)
            raising = true
            addsTraceback = false
          }
          continue outer
        case .failed:
          raising = true
          continue outer
        case .value(let o):
          sp = frame.pointee.stackTop
          sp.pointee = o
          sp += 1
          if t.pointer.pointee.breaker != 0 {
            frame.pointee.stackTop = sp
            guard handleBreaker(t) else {
              raising = true
              continue outer
            }
          }
          pc += 1
        }
      case .callFunctionEx:
        frame.pointee.stackTop = sp
        switch Slow.callExpanded(t, frame, sp, hasKeywords: operand & 1 == 1) {
        case .entered(let inner):
          frame.pointee.returnOffset = 1
          inner.pointer.pointee.previous = frame
          t.pointer.pointee.recursionDepth += 1
          frame = inner.pointer
          t.setFrame(frame)
          if Probes.recordsCalls { Probes.callBegin(Frame(frame)) }
          if t.pointer.pointee.recursionDepth > RecursionLimit.frames {
            raiseRecursion(t)
            raising = true
            addsTraceback = false
          }
          continue outer
        case .failed:
          raising = true
          continue outer
        case .value(let o):
          sp = frame.pointee.stackTop
          sp.pointee = o
          sp += 1
          if t.pointer.pointee.breaker != 0 {
            frame.pointee.stackTop = sp
            guard handleBreaker(t) else {
              raising = true
              continue outer
            }
          }
          pc += 1
        }
      case .callIntrinsic1:
        frame.pointee.stackTop = sp
        let o = peek(sp, 1)
        guard let result = Slow.intrinsic1(t, Frame(frame), operand, o) else {
          raising = true
          continue outer
        }
        poke(sp, 1, result)
        drop(policy, o)
        pc += 1
      case .callIntrinsic2:
        frame.pointee.stackTop = sp
        let (a, b) = (peek(sp, 2), peek(sp, 1))
        guard let result = Slow.intrinsic2(t, operand, a, b) else {
          raising = true
          continue outer
        }
        sp -= 1
        poke(sp, 1, result)
        drop(policy, a)
        drop(policy, b)
        pc += 1
      case .makeFunction:
        frame.pointee.stackTop = sp
        let codeObject = peek(sp, 1)
        let made = makeFunction(
          t, code: codeObject, globals: frame.pointee.globals, builtins: frame.pointee.builtins)
        poke(sp, 1, made)
        drop(policy, codeObject)
        pc += 1
      case .setFunctionAttribute:
        let function = peek(sp, 1).functionLayout
        let value = (sp - 2).pointee
        switch operand {
        case 1: function.pointee.defaults = value
        case 2: function.pointee.keywordDefaults = value
        case 4: function.pointee.annotations = value
        default: function.pointee.closure = value
        }
        if Probes.isOn { Probes.functionAttribute(peek(sp, 1), operand, peek(sp, 2)) }
        poke(sp, 2, (sp - 1).pointee)
        sp -= 1
        pc += 1

      // MARK: Leaving the frame
      case .returnValue, .returnConst:
        let isConstant = unsafeBitCast(UInt8(truncatingIfNeeded: word), to: Instruction.self) == .returnConst
        var value: Object
        if isConstant {
          value = constants[operand]
          keep(policy, value)
        } else {
          sp -= 1
          value = sp.pointee.unsafelyUnwrapped
        }
        frame.pointee.stackTop = sp
        if let instance = frame.pointee.instance {
          guard value == none else {
            Slow.raiseInitResult(t, value)
            raising = true
            continue outer
          }
          value = instance
          frame.pointee.instance = nil
        }
        let isEntry = frame.pointee.isEntry
        let caller = frame.pointee.previous
        t.pointer.pointee.recursionDepth -= 1
        leaveFrame(t, frame, returning: value)
        if isEntry { return value }
        frame = caller.unsafelyUnwrapped
        frame.pointee.stackTop.pointee = value
        frame.pointee.stackTop += 1
        frame.pointee.instruction += Int(frame.pointee.returnOffset)
        continue outer
      case .interpreterExit:
        sp -= 1
        return sp.pointee
      case .returnGenerator:
        frame.pointee.stackTop = sp
        let generator = makeGenerator(t, Frame(frame))
        if exuvia_level() != 0 { Slow.recordGenerator(t, generator) }
        if Probes.recordsCalls { Probes.callEnd(Frame(frame)) }
        let isEntry = frame.pointee.isEntry
        let caller = frame.pointee.previous
        t.pointer.pointee.recursionDepth -= 1
        t.setFrame(caller)
        freeFrame(t, frame)
        if isEntry { return generator }
        frame = caller.unsafelyUnwrapped
        frame.pointee.stackTop.pointee = generator
        frame.pointee.stackTop += 1
        frame.pointee.instruction += Int(frame.pointee.returnOffset)
        continue outer
      case .yieldValue:
        sp -= 1
        let value = sp.pointee.unsafelyUnwrapped
        frame.pointee.stackTop = sp
        let generator = Frame(frame).generator
        let g = generator.generatorLayout
        if exuvia_level() != 0 {
          Probes.generatorYield(
            generator, line: Frame(frame).line, stackDepth: sp - (locals + code.pointee.localCount), value)
        }
        g.pointee.state = operand == 1 ? .suspendedYieldFrom : .suspended
        t.pointer.pointee.handling = g.pointee.handled.previous.unsafelyUnwrapped
        g.pointee.handled.previous = nil
        let isEntry = frame.pointee.isEntry
        let caller = frame.pointee.previous
        frame.pointee.previous = nil
        t.pointer.pointee.recursionDepth -= 1
        t.setFrame(caller)
        if isEntry { return value }
        frame = caller.unsafelyUnwrapped
        frame.pointee.stackTop.pointee = value
        frame.pointee.stackTop += 1
        // FOR_ITER and SEND both have one cache word.
        frame.pointee.instruction += 2
        continue outer
      case .resumeFinalizer:
        if exuvia_level() != 0 { Probes.finalizerCall(locals, count: Int(code.pointee.argumentCount)) }
        fallthrough
      case .resume:
        frame.pointee.isIncomplete = false
        if t.pointer.pointee.breaker != 0, operand & 3 < 2 {
          frame.pointee.stackTop = sp
          guard handleBreaker(t) else {
            raising = true
            continue outer
          }
        }
        pc += 1

      // MARK: Delegation
      case .send:
        let receiver = peek(sp, 2)
        let value = peek(sp, 1)
        frame.pointee.stackTop = sp
        let type = receiver.type
        if type == core.pointee.types.generator || type == core.pointee.types.coroutine {
          let state = receiver.generatorLayout.pointee.state
          if state == .suspended || state == .suspendedYieldFrom || (state == .created && value == none),
            t.pointer.pointee.recursionDepth < RecursionLimit.frames
          {
            frame.pointee.returnOffset = Int32(truncatingIfNeeded: (first + operand) - pc)
            let inner = prepareResume(t, receiver, value)
            if exuvia_level() != 0 {
              Probes.generatorResume(receiver, value == none ? .next : .send, line: inner.line, value)
            }
            sp -= 1
            frame.pointee.stackTop = sp
            drop(policy, value)
            inner.pointer.pointee.previous = frame
            inner.pointer.pointee.isEntry = false
            t.pointer.pointee.recursionDepth += 1
            frame = inner.pointer
            t.setFrame(frame)
            continue outer
          }
        }
        if let result = Slow.send(t, receiver, value) {
          poke(sp, 1, result)
          drop(policy, value)
          pc += 2
        } else {
          guard Slow.isStopIteration(t), let result = fetchStopIterationValue(t) else {
            raising = true
            continue outer
          }
          poke(sp, 1, result)
          drop(policy, value)
          pc = first + operand
        }
      case .endSend:
        // The value stays, the receiver below it goes.
        let receiver = peek(sp, 2)
        poke(sp, 2, (sp - 1).pointee)
        sp -= 1
        frame.pointee.stackTop = sp
        drop(policy, receiver)
        pc += 1
      case .getYieldFromIter:
        frame.pointee.stackTop = sp
        guard Slow.getYieldFromIter(t, Frame(frame), sp) else {
          raising = true
          continue outer
        }
        pc += 1
      case .getAwaitable:
        frame.pointee.stackTop = sp
        guard Slow.getAwaitable(t, sp, operand) else {
          raising = true
          continue outer
        }
        pc += 1
      case .getAiter:
        frame.pointee.stackTop = sp
        guard Slow.getAsyncIterator(t, sp) else {
          raising = true
          continue outer
        }
        pc += 1
      case .getAnext:
        frame.pointee.stackTop = sp
        guard let o = Slow.getAsyncNext(t, peek(sp, 1)) else {
          raising = true
          continue outer
        }
        sp.pointee = o
        sp += 1
        pc += 1
      case .endAsyncFor:
        frame.pointee.stackTop = sp
        let exception = peek(sp, 1)
        if exceptionMatches(t, exception, exceptionType(.StopAsyncIteration).object) {
          sp -= 2
          frame.pointee.stackTop = sp
          drop(policy, sp[1].unsafelyUnwrapped)
          drop(policy, sp[0].unsafelyUnwrapped)
          pc += 1
        } else {
          sp -= 1
          frame.pointee.stackTop = sp
          t.setRaised(steal: exception)
          raising = true
          addsTraceback = false
          continue outer
        }
      case .cleanupThrow:
        // sub-iterator, last sent value, exception: a StopIteration becomes the value of the delegation.
        frame.pointee.stackTop = sp
        let exception = peek(sp, 1)
        if exceptionMatches(t, exception, exceptionType(.StopIteration).object) {
          let value = (exception.exceptionFields[ExceptionField.value] ?? none).retained()
          let (sent, receiver) = (peek(sp, 2), peek(sp, 3))
          poke(sp, 3, none)
          poke(sp, 2, value)
          sp -= 1
          frame.pointee.stackTop = sp
          drop(policy, receiver)
          drop(policy, sent)
          drop(policy, exception)
          pc += 1
        } else {
          sp -= 1
          frame.pointee.stackTop = sp
          t.setRaised(steal: exception)
          raising = true
          addsTraceback = false
          continue outer
        }

      // MARK: Exceptions
      case .pushExcInfo:
        let exception = (sp - 1).pointee
        let entry = t.pointer.pointee.handling
        poke(sp, 1, entry.pointee.exception ?? none)
        entry.pointee.exception = exception
        exception.retain()
        sp.pointee = exception
        sp += 1
        pc += 1
      case .popExcept:
        sp -= 1
        frame.pointee.stackTop = sp
        let entry = t.pointer.pointee.handling
        let old = entry.pointee.exception
        entry.pointee.exception = sp.pointee == none ? nil : sp.pointee
        if let old { drop(policy, old) }
        pc += 1
      case .checkExcMatch:
        frame.pointee.stackTop = sp
        let types = peek(sp, 1)
        guard Slow.checkExceptTypes(t, types) else {
          raising = true
          continue outer
        }
        let matches = exceptionMatches(t, peek(sp, 2), types)
        poke(sp, 1, matches ? core.pointee.true : core.pointee.false)
        drop(policy, types)
        pc += 1
      case .checkEgMatch:
        frame.pointee.stackTop = sp
        guard Slow.checkGroupMatch(t, sp) else {
          raising = true
          continue outer
        }
        pc += 1
      case .raiseVarargs:
        frame.pointee.stackTop = sp
        sp -= operand
        frame.pointee.stackTop = sp
        addsTraceback = Slow.raise(t, operand > 0 ? sp.pointee : nil, cause: operand > 1 ? sp[1] : nil)
        raising = true
        continue outer
      case .reraise:
        sp -= 1
        frame.pointee.stackTop = sp
        t.setRaised(steal: sp.pointee)
        if operand > 0 {
          // The traceback shall show where the exception came from.
          frame.pointee.instruction = first + peek(sp, operand).smallInt
          handlerPlace = pc
        }
        addsTraceback = false
        raising = true
        continue outer
      case .beforeWith:
        frame.pointee.stackTop = sp
        guard Slow.beforeWith(t, sp) else {
          raising = true
          continue outer
        }
        sp += 1
        pc += 1
      case .beforeAsyncWith:
        frame.pointee.stackTop = sp
        guard Slow.beforeAsyncWith(t, sp) else {
          raising = true
          continue outer
        }
        sp += 1
        pc += 1
      case .withExceptStart:
        frame.pointee.stackTop = sp
        guard let o = Slow.withExceptStart(t, sp) else {
          raising = true
          continue outer
        }
        sp.pointee = o
        sp += 1
        pc += 1
      case .exitInitCheck:
        sp -= 1
        frame.pointee.stackTop = sp
        let o = sp.pointee.unsafelyUnwrapped
        if o != none {
          t.raise(.TypeError, "__init__() should return None, not '\(o.typeName)'")
          raising = true
          continue outer
        }
        pc += 1

      // MARK: Imports
      case .importName:
        frame.pointee.stackTop = sp
        guard let module = Slow.importName(t, Frame(frame), names[operand], fromList: peek(sp, 1), level: peek(sp, 2))
        else {
          raising = true
          continue outer
        }
        sp -= 1
        frame.pointee.stackTop = sp
        let list = sp.pointee
        let level = peek(sp, 1)
        poke(sp, 1, module)
        list.release()
        level.release()
        pc += 1
      case .importFrom:
        frame.pointee.stackTop = sp
        guard let o = Slow.importFrom(t, peek(sp, 1), names[operand]) else {
          raising = true
          continue outer
        }
        sp.pointee = o
        sp += 1
        pc += 1

      // MARK: Matching
      case .getLen:
        frame.pointee.stackTop = sp
        let count = length(t, peek(sp, 1))
        guard count >= 0 else {
          raising = true
          continue outer
        }
        sp.pointee = makeInt(count)
        sp += 1
        pc += 1
      case .matchMapping:
        sp.pointee = makeBool(peek(sp, 1).type.flags.contains(.mapping))
        sp += 1
        pc += 1
      case .matchSequence:
        sp.pointee = makeBool(peek(sp, 1).type.flags.contains(.sequence))
        sp += 1
        pc += 1
      case .matchKeys:
        frame.pointee.stackTop = sp
        guard let o = Slow.matchKeys(t, subject: peek(sp, 2), keys: peek(sp, 1)) else {
          raising = true
          continue outer
        }
        sp.pointee = o
        sp += 1
        pc += 1
      case .matchClass:
        frame.pointee.stackTop = sp
        let (subject, type, attributes) = (peek(sp, 3), peek(sp, 2), peek(sp, 1))
        let matched = Slow.matchClass(t, subject, type, operand, attributes)
        // What the pattern looked at is given up before an exception shows.
        sp -= 3
        frame.pointee.stackTop = sp
        let failed = matched == nil ? t.takeRaised() : nil
        subject.release()
        type.release()
        attributes.release()
        if let failed {
          t.setRaised(steal: failed)
          raising = true
          continue outer
        }
        sp.pointee = matched ?? none
        sp += 1
        pc += 1
      }
    }
  }
}
