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

/// Runs a frame. `raising`: the thread's exception arises at its instruction. nil: an exception left the frame.
@inline(never) func runFrame(_ t: ThreadState, _ frame: Frame, raising: Bool) -> Object? {
  guard enterNative(t, "") else {
    abandonFrame(t, frame)
    return nil
  }
  if t.isTracing { return runTracing(t, frame, raising: raising) }
  let level = exuvia_level()
  let result =
    level == 0
    ? runSilent(t, frame, raising: raising)
    : level >= probeLevelRefs ? runRecording(t, frame, raising: raising) : runQuiet(t, frame, raising: raising)
  // A trace function came: the frame that runs goes on in the form that knows of it.
  if result == nil, t.pointer.pointee.changesLoop, let inner = t.frame { return runTracing(t, inner, raising: false) }
  return result
}

@inline(never) private func runSilent(_ t: ThreadState, _ frame: Frame, raising: Bool) -> Object? {
  runLoop(SilentLoop.self, t, frame.pointer, raising: raising)
}

@inline(never) private func runQuiet(_ t: ThreadState, _ frame: Frame, raising: Bool) -> Object? {
  runLoop(QuietLoop.self, t, frame.pointer, raising: raising)
}
@inline(never) private func runRecording(_ t: ThreadState, _ frame: Frame, raising: Bool) -> Object? {
  runLoop(RecordingLoop.self, t, frame.pointer, raising: raising)
}
@inline(never) private func runTracing(_ t: ThreadState, _ frame: Frame, raising: Bool) -> Object? {
  runLoop(TracingLoop.self, t, frame.pointer, raising: raising)
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
  // What the instruction that runs calls, when a profile function was told of it.
  var native: Object?
  let none = core.pointee.none
  if P.traces, t.pointer.pointee.changesLoop {
    // Entered already, in another form.
    t.pointer.pointee.changesLoop = false
  } else {
    frame.pointee.isEntry = true
    frame.pointee.previous = t.frame?.pointer
    t.setFrame(frame)
    if P.records, Probes.recordsCalls, frame.pointee.owner != .generator { Probes.callBegin(Frame(frame)) }
    t.pointer.pointee.recursionDepth &+= 1
    if t.pointer.pointee.recursionDepth > RecursionLimit.frames, !raising {
      raiseRecursion(t)
      raising = true
      addsTraceback = false
      frame.pointee.instruction = frame.pointee.code.codeLayout.pointee.instructions
    }
    if P.traces, raising, frame.pointee.owner == .generator { TraceEvents.thrown(t, Frame(frame)) }
  }

  outer: while true {
    if P.traces, !raising, frame.pointee.owner == .thread, !frame.pointee.isEntry, frame.pointee.isIncomplete,
      !t.isTracing
    {
      // No events are wanted any more: what is called from here on runs in the form that is fast.
      let caller = frame.pointee.previous.unsafelyUnwrapped
      t.pointer.pointee.recursionDepth &-= 1
      t.setFrame(caller)
      let result = runFrame(t, Frame(frame), raising: false)
      frame = caller
      if let result {
        frame.pointee.stackTop.pointee = result
        frame.pointee.stackTop += 1
        frame.pointee.instruction += Int(frame.pointee.returnOffset)
      } else {
        raising = true
      }
    }
    let code = frame.pointee.code.codeLayout
    let first = code.pointee.instructions
    let locals = Frame(frame).fastLocals
    var sp = frame.pointee.stackTop
    var pc = frame.pointee.instruction

    // An exception is raised at `pc`: to its handler, or out of the frame.
    if raising {
      if addsTraceback {
        if t.raised == nil {
          if t.pointer.pointee.changesLoop {
            TraceEvents.leaveLoop(frame)
            return nil
          }
          Slow.raiseUnsaid(t)
        }
        guard let exception = t.raised else { return nil }
        if !frame.pointee.isIncomplete { addTraceback(t, Frame(frame)) }
        Probes.raised(t, exception)
        if P.traces { TraceEvents.raised(t, Frame(frame), native: &native) }
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
        t.pointer.pointee.recursionDepth &-= 1
        let instance = frame.pointee.instance
        frame.pointee.instance = nil
        if frame.pointee.owner == .generator { probeUnwind(t, frame, at: word) }
        if P.traces { TraceEvents.unwinding(t, Frame(frame)) }
        leaveFrame(policy, t, frame, returning: nil)
        // The call of the class failed: its instance goes after the frame, as in CPython.
        instance.release()
        if isEntry { return nil }
        frame = caller.unsafelyUnwrapped
        continue outer
      }
    }

    var told: UnsafeMutablePointer<UInt32>?
    let constants = code.pointee.constants
    let names = code.pointee.names

    while true {
      // An instruction that only took another form was told of already.
      if P.traces, told != pc {
        told = pc
        frame.pointee.stackTop = sp
        switch TraceEvents.before(t, frame, pc, native: &native) {
        case .goOn: break
        case .raise:
          raising = true
          continue outer
        case .jump: continue outer
        }
      }
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
      case .loadFastThenAttr:
        let owner = locals[operand].unsafelyUnwrapped
        if !P.recordsReferences {
          // The owner need not come to the stack when its cache answers.
          let attribute = pc + 1
          let next = attribute.pointee
          if isInstruction(next, .loadAttrInline), let o = AttributeCache.inlineValue(attribute, owner) {
            keep(policy, o)
            sp.pointee = o
            sp[1] = nil
            sp += 1 &+ Int(next &>> 8 & 1)
            pc += 8
            continue
          }
          if isInstruction(next, .loadAttrMethod), AttributeCache.typeDecides(attribute, owner) {
            let o = AttributeCache.object(attribute)
            keep(policy, o)
            keep(policy, owner)
            sp.pointee = o
            sp[1] = owner
            sp += 2
            pc += 8
            continue
          }
        }
        keep(policy, owner)
        sp.pointee = owner
        sp += 1
        pc += 1
      case .loadFastThenConst:
        let a = locals[operand].unsafelyUnwrapped
        if P.traces {
          keep(policy, a)
          sp.pointee = a
          sp += 1
          pc += 1
          continue
        }
        let b = constants[Int(pc[1] &>> 8)]
        if !P.recordsReferences, areSmallInts(a, b), let result = FastPair.integers(policy, frame, pc + 2, a, b) {
          switch result {
          case .value(let o):
            sp.pointee = o
            sp += 1
            pc += 4
          case .truth(let truth): pc = settle(policy, truth, pc + 4, first, &sp)
          }
          continue
        }
        keep(policy, a)
        keep(policy, b)
        sp.pointee = a
        sp[1] = b
        sp += 2
        pc += 2
      case .loadFastLoadFastThenOperator:
        let a = locals[operand &>> 12].unsafelyUnwrapped
        let b = locals[operand & 0xFFF].unsafelyUnwrapped
        if !P.recordsReferences {
          if isInstruction(pc[1], .subscriptList), a.type == core.pointee.types.list,
            case let index = itemIndex(b, a.listCount), index >= 0
          {
            let o = a.listItems[index]
            keep(policy, o)
            sp.pointee = o
            sp += 1
            pc += 3
            continue
          }
          if areSmallInts(a, b), let result = FastPair.integers(policy, frame, pc + 1, a, b) {
            switch result {
            case .value(let o):
              sp.pointee = o
              sp += 1
              pc += 3
            case .truth(let truth): pc = settle(policy, truth, pc + 3, first, &sp)
            }
            continue
          }
          if areFloats(a, b), let value = FastPair.floats(pc[1], a, b) {
            if P.records { frame.pointee.instruction = pc + 1 }
            sp.pointee = newFloat(value, probed: P.records)
            sp += 1
            pc += 3
            continue
          }
        }
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
        frame.pointee.stackTop = sp
        guard let o = Slow.loadGlobal(t, Frame(frame), names[operand &>> 1], pc) else {
          raising = true
          continue outer
        }
        sp.pointee = o
        sp[1] = nil
        sp += 1 &+ operand & 1
        pc += 5
      case .loadGlobalModule:
        // pc[1] version of the globals' keys, pc[3] index of the entry.
        let keys = frame.pointee.globals.dictKeys
        guard keys.pointee.version == pc[1], let o = keys.pointee.entries[Int(pc[3])].value else {
          become(pc, word, .loadGlobal)
          continue
        }
        keep(policy, o)
        sp.pointee = o
        sp[1] = nil
        sp += 1 &+ operand & 1
        pc += 5
      case .loadGlobalBuiltin:
        // pc[1] version of the globals' keys, which lack the name, pc[2] version of the builtins' keys, pc[3] index of the entry there.
        let keys = frame.pointee.builtins.dictKeys
        guard frame.pointee.globals.dictKeys.pointee.version == pc[1], keys.pointee.version == pc[2],
          let o = keys.pointee.entries[Int(pc[3])].value
        else {
          become(pc, word, .loadGlobal)
          continue
        }
        keep(policy, o)
        sp.pointee = o
        sp[1] = nil
        sp += 1 &+ operand & 1
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
          Slow.raiseNoLocals(t)
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
        let name = names[operand &>> 1]
        if AttributeCache.recall(pc, word, owner, name) { continue }
        frame.pointee.stackTop = sp
        var unbound = false
        let found =
          operand & 1 == 1 ? loadMethod(t, owner, name, unbound: &unbound) : getAttribute(t, owner, name)
        guard let o = found else {
          raising = true
          continue outer
        }
        AttributeCache.fill(t, pc, owner, name, o)
        poke(sp, 1, o)
        if unbound {
          sp.pointee = owner
          sp += 1
        } else {
          sp.pointee = nil
          sp += operand & 1
          frame.pointee.stackTop = sp
          drop(policy, owner)
        }
        pc += 7
      case .loadAttrInline:
        let owner = peek(sp, 1)
        guard let o = AttributeCache.inlineValue(pc, owner) else {
          become(pc, word, .loadAttr)
          continue
        }
        keep(policy, o)
        poke(sp, 1, o)
        sp.pointee = nil
        sp += operand & 1
        pc += 7
        frame.pointee.stackTop = sp
        drop(policy, owner)
      case .loadAttrMethod:
        let owner = peek(sp, 1)
        guard AttributeCache.typeDecides(pc, owner) else {
          become(pc, word, .loadAttr)
          continue
        }
        let o = AttributeCache.object(pc)
        keep(policy, o)
        poke(sp, 1, o)
        sp.pointee = owner
        sp += 1
        pc += 7
      case .loadAttrOfType:
        let owner = peek(sp, 1)
        guard AttributeCache.typeDecides(pc, owner) else {
          become(pc, word, .loadAttr)
          continue
        }
        let o = AttributeCache.object(pc)
        keep(policy, o)
        poke(sp, 1, o)
        sp.pointee = nil
        sp += operand & 1
        pc += 7
        frame.pointee.stackTop = sp
        drop(policy, owner)
      case .loadAttrOfClass:
        // pc[1] is the version of the class itself.
        let owner = peek(sp, 1)
        guard owner.type == core.pointee.types.type, TypeObject(unchecked: owner).pointer.pointee.version == pc[1]
        else {
          become(pc, word, .loadAttr)
          continue
        }
        let o = AttributeCache.object(pc)
        keep(policy, o)
        poke(sp, 1, o)
        sp.pointee = nil
        sp += operand & 1
        pc += 7
        frame.pointee.stackTop = sp
        drop(policy, owner)
      case .loadAttrOfModule:
        // pc[1] version of the module's keys, pc[2] index of the entry.
        let owner = peek(sp, 1)
        guard owner.type == core.pointee.types.module, let keys = moduleDict(owner)?.dictKeys,
          keys.pointee.version == pc[1], let o = keys.pointee.entries[Int(pc[2])].value
        else {
          become(pc, word, .loadAttr)
          continue
        }
        keep(policy, o)
        poke(sp, 1, o)
        sp.pointee = nil
        sp += operand & 1
        pc += 7
        frame.pointee.stackTop = sp
        drop(policy, owner)
      case .loadAttrSlot:
        let owner = peek(sp, 1)
        guard owner.type.pointer.pointee.version == pc[1],
          let o = (owner.address + Int(pc[2])).assumingMemoryBound(to: Object?.self).pointee
        else {
          become(pc, word, .loadAttr)
          continue
        }
        keep(policy, o)
        poke(sp, 1, o)
        sp.pointee = nil
        sp += operand & 1
        pc += 7
        frame.pointee.stackTop = sp
        drop(policy, owner)
      case .loadAttrInDict:
        let owner = peek(sp, 1)
        guard let o = AttributeCache.dictValue(pc, owner, names[operand &>> 1]) else {
          become(pc, word, .loadAttr)
          continue
        }
        keep(policy, o)
        poke(sp, 1, o)
        sp.pointee = nil
        sp += operand & 1
        pc += 7
        frame.pointee.stackTop = sp
        drop(policy, owner)
      case .loadAttrProperty:
        // The getter runs in a frame of its own; what it returns takes the owner's place.
        let owner = peek(sp, 1)
        guard owner.type.pointer.pointee.version == pc[1], operand & 1 == 0,
          let getter = AttributeCache.getter(pc)
        else {
          become(pc, word, .loadAttr)
          continue
        }
        keep(policy, getter)
        frame.pointee.returnOffset = 7
        let inner = pushBareFrame(policy, t, steal: getter, steal: nil)
        inner.fastLocals[0] = owner
        inner.clearLocals(from: 1)
        frame.pointee.stackTop = sp - 1
        raising = !enterFrame(policy, t, inner.pointer, from: frame)
        addsTraceback = !raising
        frame = inner.pointer
        continue outer
      case .storeAttr:
        let owner = peek(sp, 1)
        let value = peek(sp, 2)
        frame.pointee.stackTop = sp
        guard setAttribute(t, owner, names[operand], value) else {
          raising = true
          continue outer
        }
        AttributeCache.fillStore(t, pc, owner, names[operand])
        sp -= 2
        frame.pointee.stackTop = sp
        drop(policy, value)
        drop(policy, owner)
        pc += 5
      case .storeAttrInline:
        let owner = peek(sp, 1)
        let value = peek(sp, 2)
        guard owner.type.pointer.pointee.version == pc[1] else {
          become(pc, word, .storeAttr)
          continue
        }
        let head = AttributeCache.inlineHead(pc, owner)
        let index = Int(pc[3])
        guard index < Int(head.pointee.capacity) else {
          become(pc, word, .storeAttr)
          continue
        }
        let place = AttributeCache.values(head) + index
        let old = place.pointee
        place.pointee = value
        if old == nil { AttributeCache.noteInserted(head, index) }
        if P.records, exuvia_level() >= probeLevelLinks { storeProbe(owner, .attribute(names[operand]), old, value) }
        sp -= 2
        pc += 5
        frame.pointee.stackTop = sp
        if let old { drop(policy, old) }
        drop(policy, owner)
      case .storeAttrSlot:
        let owner = peek(sp, 1)
        let value = peek(sp, 2)
        guard owner.type.pointer.pointee.version == pc[1] else {
          become(pc, word, .storeAttr)
          continue
        }
        let place = (owner.address + Int(pc[2])).assumingMemoryBound(to: Object?.self)
        let old = place.pointee
        place.pointee = value
        if P.records, exuvia_level() >= probeLevelLinks { storeProbe(owner, .slot(names[operand]), old, value) }
        sp -= 2
        pc += 5
        frame.pointee.stackTop = sp
        if let old { drop(policy, old) }
        drop(policy, owner)
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
        let (a, b) = (peek(sp, 2), peek(sp, 1))
        if pc[1] < Specialization.attempts, let special = Specialization.binary(operand, a, b) {
          pc[1] &+= 1
          become(pc, word, special)
          continue
        }
        frame.pointee.stackTop = sp
        if let o = FastNumber.operation(operand, a, b) {
          sp -= 1
          poke(sp, 1, o)
          drop(policy, b)
          drop(policy, a)
          pc += 2
          continue
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
      case .addInt:
        let (a, b) = (peek(sp, 2), peek(sp, 1))
        if areSmallInts(a, b) {
          let (value, overflow) = a.smallInt.addingReportingOverflow(b.smallInt)
          if !overflow {
            sp -= 1
            poke(sp, 1, intResult(policy, value, a, b))
            pc += 2
            continue
          }
          pc[1] = Specialization.never
        }
        become(pc, word, .binaryOp)
      case .subtractInt:
        let (a, b) = (peek(sp, 2), peek(sp, 1))
        if areSmallInts(a, b) {
          let (value, overflow) = a.smallInt.subtractingReportingOverflow(b.smallInt)
          if !overflow {
            sp -= 1
            poke(sp, 1, intResult(policy, value, a, b))
            pc += 2
            continue
          }
          pc[1] = Specialization.never
        }
        become(pc, word, .binaryOp)
      case .multiplyInt:
        let (a, b) = (peek(sp, 2), peek(sp, 1))
        if areSmallInts(a, b) {
          let (value, overflow) = a.smallInt.multipliedReportingOverflow(by: b.smallInt)
          if !overflow {
            sp -= 1
            poke(sp, 1, intResult(policy, value, a, b))
            pc += 2
            continue
          }
          pc[1] = Specialization.never
        }
        become(pc, word, .binaryOp)
      case .addFloat:
        let (a, b) = (peek(sp, 2), peek(sp, 1))
        guard areFloats(a, b) else {
          become(pc, word, .binaryOp)
          continue
        }
        sp -= 1
        poke(sp, 1, floatResult(policy, a.double + b.double, a, b))
        pc += 2
      case .subtractFloat:
        let (a, b) = (peek(sp, 2), peek(sp, 1))
        guard areFloats(a, b) else {
          become(pc, word, .binaryOp)
          continue
        }
        sp -= 1
        poke(sp, 1, floatResult(policy, a.double - b.double, a, b))
        pc += 2
      case .multiplyFloat:
        let (a, b) = (peek(sp, 2), peek(sp, 1))
        guard areFloats(a, b) else {
          become(pc, word, .binaryOp)
          continue
        }
        sp -= 1
        poke(sp, 1, floatResult(policy, a.double * b.double, a, b))
        pc += 2
      case .addStr:
        let (a, b) = (peek(sp, 2), peek(sp, 1))
        let types = core
        guard a.type == types.pointee.types.str, b.type == types.pointee.types.str else {
          become(pc, word, .binaryOp)
          continue
        }
        frame.pointee.stackTop = sp
        // `s = s + t`: where the local alone holds the text, it may grow in its place.
        let next = pc[2]
        if isInstruction(next, .storeFast), locals[Int(next &>> 8)] == a, a.refcount == 2, appendInPlace(a, b) {
          sp -= 2
          frame.pointee.stackTop = sp
          drop(policy, a)
          drop(policy, b)
          pc += 3
          continue
        }
        let o = concatenateStr(a, b)
        sp -= 1
        poke(sp, 1, o)
        frame.pointee.stackTop = sp
        drop(policy, a)
        drop(policy, b)
        pc += 2
      case .compareOp:
        let (a, b) = (peek(sp, 2), peek(sp, 1))
        if pc[1] < Specialization.attempts, let special = Specialization.comparison(operand, a, b) {
          pc[1] &+= 1
          become(pc, word, special)
          continue
        }
        frame.pointee.stackTop = sp
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
      case .compareInt:
        let (a, b) = (peek(sp, 2), peek(sp, 1))
        guard areSmallInts(a, b) else {
          become(pc, word, .compareOp)
          continue
        }
        let (x, y) = (a.smallInt, b.smallInt)
        let truth = operand & (x < y ? 2 : x > y ? 4 : 8) != 0
        dropInt(policy, b)
        dropInt(policy, a)
        sp -= 2
        pc = settle(policy, truth, pc + 2, first, &sp)
      case .compareFloat:
        let (a, b) = (peek(sp, 2), peek(sp, 1))
        guard areFloats(a, b) else {
          become(pc, word, .compareOp)
          continue
        }
        let (x, y) = (a.double, b.double)
        let truth = operand & (x < y ? 2 : x > y ? 4 : x == y ? 8 : 1) != 0
        dropFloat(policy, b)
        dropFloat(policy, a)
        sp -= 2
        pc = settle(policy, truth, pc + 2, first, &sp)
      case .compareStr:
        let (a, b) = (peek(sp, 2), peek(sp, 1))
        let types = core
        guard a.type == types.pointee.types.str, b.type == types.pointee.types.str else {
          become(pc, word, .compareOp)
          continue
        }
        let truth = (a == b || strEqual(a, b)) == (operand &>> 5 == 2)
        sp -= 2
        frame.pointee.stackTop = sp
        drop(policy, b)
        drop(policy, a)
        pc = settle(policy, truth, pc + 2, first, &sp)
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
        let types = core
        var truth = o == types.pointee.true ? 1 : 0
        if truth == 0, o != types.pointee.false, o != types.pointee.none {
          frame.pointee.stackTop = sp
          truth = FastTruth.of(t, o)
          guard truth >= 0 else {
            raising = true
            continue outer
          }
          sp -= 1
          frame.pointee.stackTop = sp
          drop(policy, o)
        } else {
          sp -= 1
        }
        pc = settle(policy, truth == 1, pc + 2, first, &sp)
      case .isOp:
        let (a, b) = (peek(sp, 2), peek(sp, 1))
        sp -= 2
        frame.pointee.stackTop = sp
        drop(policy, a)
        drop(policy, b)
        pc = settle(policy, (a == b) == (operand == 0), pc + 1, first, &sp)
      case .containsOp:
        frame.pointee.stackTop = sp
        let item = peek(sp, 2)
        let container = peek(sp, 1)
        let found = FastContainer.contains(t, container, item)
        guard found >= 0 else {
          raising = true
          continue outer
        }
        sp -= 2
        frame.pointee.stackTop = sp
        drop(policy, item)
        drop(policy, container)
        pc = settle(policy, (found == 1) == (operand == 0), pc + 2, first, &sp)

      // MARK: Subscripts
      case .binarySubscr:
        let (container, key) = (peek(sp, 2), peek(sp, 1))
        if pc[1] < Specialization.attempts, let special = Specialization.subscript(container, key) {
          pc[1] &+= 1
          become(pc, word, special)
          continue
        }
        frame.pointee.stackTop = sp
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
      case .subscriptList:
        let (container, key) = (peek(sp, 2), peek(sp, 1))
        guard container.type == core.pointee.types.list, case let index = itemIndex(key, container.listCount),
          index >= 0
        else {
          become(pc, word, .binarySubscr)
          continue
        }
        let o = container.listItems[index]
        keep(policy, o)
        sp -= 1
        poke(sp, 1, o)
        pc += 2
        dropInt(policy, key)
        frame.pointee.stackTop = sp
        drop(policy, container)
      case .subscriptTuple:
        let (container, key) = (peek(sp, 2), peek(sp, 1))
        guard container.type == core.pointee.types.tuple, case let index = itemIndex(key, container.tupleCount),
          index >= 0
        else {
          become(pc, word, .binarySubscr)
          continue
        }
        let o = container.tupleItems[index]
        keep(policy, o)
        sp -= 1
        poke(sp, 1, o)
        pc += 2
        dropInt(policy, key)
        frame.pointee.stackTop = sp
        drop(policy, container)
      case .subscriptDict:
        let (container, key) = (peek(sp, 2), peek(sp, 1))
        frame.pointee.stackTop = sp
        // What is missing, or cannot be hashed, is raised by the general form.
        guard container.type == core.pointee.types.dict, let o = dictGet(t, container, key) else {
          if t.hasRaised {
            raising = true
            continue outer
          }
          if container.type == core.pointee.types.dict { pc[1] = Specialization.never }
          become(pc, word, .binarySubscr)
          continue
        }
        keep(policy, o)
        sp -= 1
        poke(sp, 1, o)
        frame.pointee.stackTop = sp
        drop(policy, container)
        drop(policy, key)
        pc += 2
      case .storeSubscr:
        let (value, container, key) = (peek(sp, 3), peek(sp, 2), peek(sp, 1))
        if pc[1] < Specialization.attempts, let special = Specialization.store(container, key) {
          pc[1] &+= 1
          become(pc, word, special)
          continue
        }
        frame.pointee.stackTop = sp
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
      case .storeSubscriptList:
        let (value, container, key) = (peek(sp, 3), peek(sp, 2), peek(sp, 1))
        guard container.type == core.pointee.types.list, case let index = itemIndex(key, container.listCount),
          index >= 0
        else {
          become(pc, word, .storeSubscr)
          continue
        }
        let place = container.listItems + index
        let old = place.pointee
        place.pointee = value
        if P.records { storedItem(container, index, old, value) }
        sp -= 3
        pc += 2
        frame.pointee.stackTop = sp
        drop(policy, old)
        dropInt(policy, key)
        drop(policy, container)
      case .storeSubscriptDict:
        let (value, container, key) = (peek(sp, 3), peek(sp, 2), peek(sp, 1))
        guard container.type == core.pointee.types.dict else {
          become(pc, word, .storeSubscr)
          continue
        }
        frame.pointee.stackTop = sp
        guard dictSet(t, container, key, value) else {
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
        if !P.records, let o = FastSlice.get(peek(sp, 3), peek(sp, 2), peek(sp, 1)) {
          let (container, start, stop) = (peek(sp, 3), peek(sp, 2), peek(sp, 1))
          sp -= 2
          poke(sp, 1, o)
          pc += 1
          frame.pointee.stackTop = sp
          drop(policy, container)
          drop(policy, start)
          drop(policy, stop)
          continue
        }
        guard Slow.binarySlice(t, sp) else {
          raising = true
          continue outer
        }
        sp -= 2
        pc += 1
      case .storeSlice:
        frame.pointee.stackTop = sp
        if !P.records, FastSlice.set(peek(sp, 3), peek(sp, 2), peek(sp, 1), peek(sp, 4)) {
          let (value, container, start, stop) = (peek(sp, 4), peek(sp, 3), peek(sp, 2), peek(sp, 1))
          sp -= 4
          pc += 1
          frame.pointee.stackTop = sp
          drop(policy, value)
          drop(policy, container)
          drop(policy, start)
          drop(policy, stop)
          continue
        }
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
        if sequence.type == core.pointee.types.tuple, sequence.tupleCount == operand {
          let items = sequence.tupleItems
          var i = operand
          sp -= 1
          while i > 0 {
            i &-= 1
            let o = items[i]
            keep(policy, o)
            sp.pointee = o
            sp += 1
          }
          pc += 2
          frame.pointee.stackTop = sp
          drop(policy, sequence)
          continue
        }
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
        if t.isInterrupted {
          frame.pointee.stackTop = sp
          guard handleBreaker(policy, t) else {
            raising = true
            continue outer
          }
        }
        if P.traces { told = nil }
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
        if pc[1] < Specialization.attempts, let special = Specialization.iteration(iterator) {
          pc[1] &+= 1
          become(pc, word, special)
          continue
        }
        frame.pointee.stackTop = sp
        if let next = type.pointer.pointee.next {
          if let o = next.call(t, iterator) {
            sp.pointee = o
            sp += 1
            pc += 2
            continue
          }
          if P.traces, !TraceEvents.stopped(t, Frame(frame)) {
            raising = true
            addsTraceback = false
            continue outer
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
          Slow.raiseNotIterator(t, iterator)
          raising = true
          continue outer
        }
      case .forRange:
        let iterator = peek(sp, 1)
        let p = iterator.layout(RangeIteratorLayout.self)
        guard iterator.type == core.pointee.types.rangeIterator, p.pointee.largeLeft == nil else {
          become(pc, word, .forIter)
          continue
        }
        if p.pointee.left > 0 {
          let value = p.pointee.next
          p.pointee.next = value &+ p.pointee.step
          p.pointee.left &-= 1
          let next = pc[2]
          if !P.recordsReferences, isInstruction(next, .storeFast) {
            let target = locals + Int(next &>> 8)
            let old = target.pointee
            // The int of the round before serves again when nobody else has it.
            if !P.records, let old, old.refcount == 1, old.type == core.pointee.types.int, old.isSmallInt,
              UInt(bitPattern: value &+ 5) > 261
            {
              let number = old.layout(IntLayout.self)
              number.pointee.size = value < 0 ? -1 : 1
              number.pointee.limb = UInt64(value.magnitude)
              pc += 3
              continue
            }
            target.pointee = smallResult(policy, value)
            if let old {
              frame.pointee.stackTop = sp
              if P.records { frame.pointee.instruction = pc + 2 }
              drop(policy, old)
            }
            pc += 3
            continue
          }
          sp.pointee = smallResult(policy, value)
          sp += 1
          pc += 2
        } else {
          sp -= 1
          frame.pointee.stackTop = sp
          drop(policy, iterator)
          pc = first + operand + 2
        }
      case .forList:
        let iterator = peek(sp, 1)
        let p = iterator.iteratorLayout
        guard iterator.type == core.pointee.types.listIterator, let list = p.pointee.source else {
          become(pc, word, .forIter)
          continue
        }
        let index = p.pointee.index
        if UInt(bitPattern: index) < UInt(bitPattern: list.listCount) {
          let o = list.listItems[index]
          p.pointee.index = index &+ 1
          keep(policy, o)
          sp.pointee = o
          sp += 1
          pc += 2
        } else {
          // The end lets go of the list.
          frame.pointee.stackTop = sp
          _ = IteratorObject.listNext(t, iterator)
          sp -= 1
          frame.pointee.stackTop = sp
          drop(policy, iterator)
          pc = first + operand + 2
        }
      case .forTuple:
        let iterator = peek(sp, 1)
        let p = iterator.iteratorLayout
        guard iterator.type == core.pointee.types.tupleIterator, let tuple = p.pointee.source else {
          become(pc, word, .forIter)
          continue
        }
        let index = p.pointee.index
        if index < tuple.tupleCount {
          let o = tuple.tupleItems[index]
          p.pointee.index = index &+ 1
          keep(policy, o)
          sp.pointee = o
          sp += 1
          pc += 2
        } else {
          frame.pointee.stackTop = sp
          _ = IteratorObject.tupleNext(t, iterator)
          sp -= 1
          frame.pointee.stackTop = sp
          drop(policy, iterator)
          pc = first + operand + 2
        }
      case .forGenerator:
        let iterator = peek(sp, 1)
        guard iterator.type == core.pointee.types.generator, iterator.generatorLayout.pointee.state.canResume,
          t.pointer.pointee.recursionDepth < RecursionLimit.frames
        else {
          become(pc, word, .forIter)
          continue
        }
        frame.pointee.stackTop = sp
        frame.pointee.returnOffset = Int32(truncatingIfNeeded: (first + operand) - pc)
        let isDelegating = iterator.generatorLayout.pointee.state == .suspendedYieldFrom
        let inner = prepareResume(t, iterator, nil)
        if P.records, exuvia_level() != 0 { Probes.generatorResume(iterator, .next, inner, nil) }
        inner.pointer.pointee.previous = frame
        inner.pointer.pointee.isEntry = false
        t.pointer.pointee.recursionDepth &+= 1
        frame = Delegation.descend(policy, t, inner.pointer, isDelegating: isDelegating)
        t.setFrame(frame)
        continue outer
      case .endFor:
        sp -= 1
        frame.pointee.stackTop = sp
        drop(policy, sp.pointee.unsafelyUnwrapped)
        pc += 1

      // MARK: Calls
      case .call:
        let callable = peek(sp, operand &+ 2)
        if let special = Specialization.call(pc, operand, callable, receiver: (sp - operand - 1).pointee) {
          become(pc, word, special)
          continue
        }
        frame.pointee.stackTop = sp
        var base = sp - operand
        var count = operand
        if (base - 1).pointee != nil {
          base -= 1
          count &+= 1
        }
        if callable.type == core.pointee.types.type { CallCache.fill(t, pc, TypeObject(unchecked: callable)) }
        let result = call(t, callable, Arguments(base: Slow.items(base), count: count))
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
        if t.isInterrupted {
          frame.pointee.stackTop = sp
          guard handleBreaker(policy, t) else {
            raising = true
            continue outer
          }
        }
        pc += 4
      case .callFunction:
        // A Python function, or a method bound to a receiver: a new frame takes over the arguments.
        var callable = peek(sp, operand &+ 2)
        var base = sp - operand
        var count = operand
        let types = core
        if callable.type == types.pointee.types.method, (base - 1).pointee == nil {
          let method = callable
          let m = method.methodLayout
          callable = m.pointee.function
          keep(policy, callable)
          keep(policy, m.pointee.receiver)
          poke(base, 1, m.pointee.receiver)
          poke(base, 2, callable)
          frame.pointee.stackTop = sp
          drop(policy, method)
        }
        guard callable.type == types.pointee.types.function else {
          become(pc, word, .call)
          continue
        }
        if (base - 1).pointee != nil {
          base -= 1
          count &+= 1
        }
        frame.pointee.returnOffset = 4
        frame.pointee.stackTop = sp
        let inner = pushBareFrame(policy, t, steal: callable, steal: nil)
        frame.pointee.stackTop = sp - operand - 2
        guard fillLocals(t, inner, base, count) else {
          abandonFrame(t, inner)
          raising = true
          continue outer
        }
        raising = !enterFrame(policy, t, inner.pointer, from: frame)
        addsTraceback = !raising
        frame = inner.pointer
        continue outer
      case .callClass:
        // A class whose instances are plain and whose `__init__` is a Python function: the frame of `__init__` gives the instance.
        let callable = peek(sp, operand &+ 2)
        guard callable.type == core.pointee.types.type, (sp - operand - 1).pointee == nil,
          pc[1] == TypeObject(unchecked: callable).pointer.pointee.version
        else {
          become(pc, word, .call)
          continue
        }
        frame.pointee.stackTop = sp
        let initializer = CallCache.initializer(pc)
        let instance = Instance.allocate(TypeObject(unchecked: callable))
        keep(policy, initializer)
        keep(policy, instance)
        frame.pointee.returnOffset = 4
        let inner = pushBareFrame(policy, t, steal: initializer, steal: nil)
        inner.pointer.pointee.instance = instance
        let base = sp - operand - 1
        base.pointee = instance
        frame.pointee.stackTop = sp - operand - 2
        guard fillLocals(t, inner, base, operand &+ 1) else {
          abandonFrame(t, inner)
          drop(policy, callable)
          raising = true
          continue outer
        }
        drop(policy, callable)
        raising = !enterFrame(policy, t, inner.pointer, from: frame)
        addsTraceback = !raising
        frame = inner.pointer
        continue outer
      case .callNative, .callMethod:
        // A function of a module, or a method of a built-in type with its receiver.
        let callable = peek(sp, operand &+ 2)
        var base = sp - operand
        var count = operand
        if (base - 1).pointee != nil {
          base -= 1
          count &+= 1
        }
        frame.pointee.stackTop = sp
        let arguments = Arguments(base: Slow.items(base), count: count)
        let result: Object?
        if isInstruction(word, .callNative) {
          guard callable.type == core.pointee.types.nativeFunction else {
            become(pc, word, .call)
            continue
          }
          result = NativeFunctionSlots.call(t, callable, arguments)
        } else {
          guard callable.type == core.pointee.types.methodDescriptor else {
            become(pc, word, .call)
            continue
          }
          result = NativeFunctionSlots.callDescriptor(t, callable, arguments)
        }
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
        if t.isInterrupted {
          frame.pointee.stackTop = sp
          guard handleBreaker(policy, t) else {
            raising = true
            continue outer
          }
        }
        pc += 4
      case .callListAppend:
        // pc[2], pc[3] the method's entry.
        let callable = peek(sp, 3)
        let list = (sp - 2).pointee
        guard let list, callable.type == core.pointee.types.methodDescriptor, list.type == core.pointee.types.list,
          CallCache.entry(pc) == callable.layout(MethodDescriptorLayout.self).pointee.entry
        else {
          become(pc, word, .call)
          continue
        }
        listAppend(list, stealing: peek(sp, 1))
        sp -= 3
        frame.pointee.stackTop = sp
        drop(policy, list)
        drop(policy, callable)
        // A statement's call: its result, None, is not even pushed.
        if isInstruction(pc[4], .popTop) {
          pc += 5
        } else {
          sp.pointee = none
          sp += 1
          pc += 4
        }
      case .callLen:
        // pc[2], pc[3] the entry of `len`.
        let callable = peek(sp, 3)
        guard callable.type == core.pointee.types.nativeFunction, (sp - 2).pointee == nil,
          CallCache.entry(pc) == callable.layout(NativeFunctionLayout.self).pointee.entry
        else {
          become(pc, word, .call)
          continue
        }
        let o = peek(sp, 1)
        frame.pointee.stackTop = sp
        let count = FastContainer.count(t, o)
        guard count >= 0 else {
          raising = true
          continue outer
        }
        let result = smallResult(policy, count)
        sp -= 3
        sp.pointee = result
        sp += 1
        frame.pointee.stackTop = sp
        drop(policy, o)
        drop(policy, callable)
        pc += 4
      case .callIsInstance:
        // pc[2], pc[3] the entry of `isinstance`.
        let callable = peek(sp, 4)
        let (o, type) = (peek(sp, 2), peek(sp, 1))
        guard callable.type == core.pointee.types.nativeFunction, (sp - 3).pointee == nil,
          CallCache.entry(pc) == callable.layout(NativeFunctionLayout.self).pointee.entry
        else {
          become(pc, word, .call)
          continue
        }
        frame.pointee.stackTop = sp
        let truth =
          type.type == core.pointee.types.type && isSubtype(o.type, TypeObject(unchecked: type))
          ? 1 : isInstance(t, o, type)
        guard truth >= 0 else {
          raising = true
          continue outer
        }
        sp -= 4
        frame.pointee.stackTop = sp
        drop(policy, o)
        drop(policy, type)
        drop(policy, callable)
        // `if isinstance(...)` asks for the truth of a bool.
        pc = settle(policy, truth == 1, isInstruction(pc[4], .toBool) ? pc + 6 : pc + 4, first, &sp)
      case .callKw:
        frame.pointee.stackTop = sp
        switch Slow.callKeywords(t, frame, sp, operand) {
        case .entered(let inner):
          frame.pointee.returnOffset = 1
          raising = !enterFrame(policy, t, inner.pointer, from: frame)
          addsTraceback = !raising
          frame = inner.pointer
          continue outer
        case .failed:
          raising = true
          continue outer
        case .value(let o):
          sp = frame.pointee.stackTop
          sp.pointee = o
          sp += 1
          if t.isInterrupted {
            frame.pointee.stackTop = sp
            guard handleBreaker(policy, t) else {
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
          raising = !enterFrame(policy, t, inner.pointer, from: frame)
          addsTraceback = !raising
          frame = inner.pointer
          continue outer
        case .failed:
          raising = true
          continue outer
        case .value(let o):
          sp = frame.pointee.stackTop
          sp.pointee = o
          sp += 1
          if t.isInterrupted {
            frame.pointee.stackTop = sp
            guard handleBreaker(policy, t) else {
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
        if P.records, Probes.isOn { Probes.functionAttribute(peek(sp, 1), operand, peek(sp, 2)) }
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
        if P.traces, !TraceEvents.returning(t, Frame(frame), value) {
          value.release()
          raising = true
          continue outer
        }
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
        t.pointer.pointee.recursionDepth &-= 1
        leaveFrame(policy, t, frame, returning: value)
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
        if P.records, exuvia_level() != 0 { Slow.recordGenerator(t, generator) }
        if P.records, Probes.recordsCalls { Probes.callEnd(Frame(frame)) }
        let isEntry = frame.pointee.isEntry
        let caller = frame.pointee.previous
        t.pointer.pointee.recursionDepth &-= 1
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
        if P.traces, !TraceEvents.returning(t, Frame(frame), value) {
          value.release()
          raising = true
          continue outer
        }
        let g = generator.generatorLayout
        if P.records, exuvia_level() != 0 {
          Probes.generatorYield(
            generator, Frame(frame), stackDepth: sp - (locals + code.pointee.localCount), value)
        }
        g.pointee.state = operand == 1 ? .suspendedYieldFrom : .suspended
        t.pointer.pointee.handling = g.pointee.handled.previous.unsafelyUnwrapped
        g.pointee.handled.previous = nil
        var isEntry = frame.pointee.isEntry
        var caller = frame.pointee.previous
        frame.pointee.previous = nil
        t.pointer.pointee.recursionDepth &-= 1
        if !P.recordsReferences, !isEntry {
          (caller, isEntry) = Delegation.ascend(policy, t, caller.unsafelyUnwrapped, value)
        }
        t.setFrame(caller)
        if isEntry { return value }
        frame = caller.unsafelyUnwrapped
        frame.pointee.stackTop.pointee = value
        frame.pointee.stackTop += 1
        // FOR_ITER and SEND both have one cache word.
        frame.pointee.instruction += 2
        continue outer
      case .resumeFinalizer:
        if P.records, exuvia_level() != 0 { Probes.finalizerCall(locals, count: Int(code.pointee.argumentCount)) }
        fallthrough
      case .resume:
        frame.pointee.isIncomplete = false
        if t.isInterrupted, operand & 3 < 2 {
          frame.pointee.stackTop = sp
          guard handleBreaker(policy, t) else {
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
            if P.records, exuvia_level() != 0 {
              Probes.generatorResume(receiver, value == none ? .next : .send, inner, value)
            }
            sp -= 1
            frame.pointee.stackTop = sp
            drop(policy, value)
            inner.pointer.pointee.previous = frame
            inner.pointer.pointee.isEntry = false
            t.pointer.pointee.recursionDepth &+= 1
            frame = Delegation.descend(policy, t, inner.pointer, isDelegating: state == .suspendedYieldFrom)
            t.setFrame(frame)
            continue outer
          }
        }
        if let result = Slow.send(t, receiver, value) {
          poke(sp, 1, result)
          drop(policy, value)
          pc += 2
        } else {
          if P.traces, !TraceEvents.stopped(t, Frame(frame)) {
            raising = true
            addsTraceback = false
            continue outer
          }
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
        if P.traces, !TraceEvents.delegateEnded(t, Frame(frame), receiver, peek(sp, 1)) {
          raising = true
          continue outer
        }
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
          Slow.raiseInitResult(t, o)
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
