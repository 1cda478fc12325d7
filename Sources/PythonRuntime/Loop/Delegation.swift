// Chains of generators that delegate to each other (`yield from`, `await`): a resume goes down to the innermost at once, a yielded value up to
// whoever is no delegate. The loop would run the same few instructions in each frame of the chain. Each step is told as the loop tells it; where
// references are recorded the loop takes the steps itself.
import CRuntimeSupport

enum Delegation {
  /// From a frame that was just prepared to resume to the innermost one that it waits for. `isDelegating`: the frame stands behind a YIELD_VALUE of a
  /// SEND loop.
  static func descend<P: LoopPolicy>(
    _: P.Type, _ t: ThreadState, _ outermost: UnsafeMutablePointer<FrameLayout>, isDelegating: Bool
  ) -> UnsafeMutablePointer<FrameLayout> {
    if P.recordsReferences { return outermost }
    var frame = outermost
    var isDelegating = isDelegating
    while isDelegating, !t.isInterrupted, t.pointer.pointee.recursionDepth < RecursionLimit.frames {
      // RESUME, JUMP_BACKWARD_NO_INTERRUPT to the SEND.
      let pc = frame.pointee.instruction
      let first = frame.pointee.code.codeLayout.pointee.instructions
      guard isInstruction(pc[0], .resume), isInstruction(pc[1], .jumpBackwardNoInterrupt) else { break }
      let send = first + Int(pc[1] &>> 8)
      guard isInstruction(send.pointee, .send) else { break }
      let sp = frame.pointee.stackTop
      let receiver = peek(sp, 2)
      let types = core
      guard receiver.type == types.pointee.types.generator || receiver.type == types.pointee.types.coroutine else {
        break
      }
      let g = receiver.generatorLayout
      guard g.pointee.state == .suspended || g.pointee.state == .suspendedYieldFrom else { break }
      isDelegating = g.pointee.state == .suspendedYieldFrom
      frame.pointee.isIncomplete = false
      frame.pointee.instruction = send
      frame.pointee.returnOffset = Int32(truncatingIfNeeded: first + Int(send.pointee &>> 8) - send)
      // The sent value moves from frame to frame.
      frame.pointee.stackTop = sp - 1
      let inner = receiver.generatorFrame.pointer
      let sent = peek(sp, 1)
      inner.pointee.stackTop.pointee = sent
      inner.pointee.stackTop += 1
      inner.pointee.instruction += 1
      inner.pointee.previous = frame
      inner.pointee.isEntry = false
      g.pointee.state = .running
      g.pointee.handled.previous = t.pointer.pointee.handling
      t.pointer.pointee.handling = receiver.handledPlace
      if P.records, exuvia_level() != 0 {
        Probes.generatorResume(receiver, sent == types.pointee.none ? .next : .send, Frame(inner), sent)
      }
      t.pointer.pointee.recursionDepth += 1
      frame = inner
    }
    return frame
  }

  /// From the frame that `value` is yielded to up to the first that is no generator at a SEND of its own. The second result: the frame below it
  /// was entered from native code, which gets the value.
  static func ascend<P: LoopPolicy>(
    _: P.Type, _ t: ThreadState, _ innermost: UnsafeMutablePointer<FrameLayout>, _ value: Object
  ) -> (UnsafeMutablePointer<FrameLayout>?, Bool) {
    var frame = innermost
    while frame.pointee.owner == .generator {
      let pc = frame.pointee.instruction
      // SEND has one cache word; the operand 1 of YIELD_VALUE says that it belongs to a SEND loop.
      guard isInstruction(pc[0], .send), isInstruction(pc[2], .yieldValue), pc[2] &>> 8 == 1 else { break }
      frame.pointee.instruction = pc + 2
      let generator = Frame(frame).generator
      let g = generator.generatorLayout
      if P.records, exuvia_level() != 0 {
        let depth = frame.pointee.stackTop - Frame(frame).stackBase
        Probes.generatorYield(generator, Frame(frame), stackDepth: depth, value)
      }
      g.pointee.state = .suspendedYieldFrom
      t.pointer.pointee.handling = g.pointee.handled.previous.unsafelyUnwrapped
      g.pointee.handled.previous = nil
      let isEntry = frame.pointee.isEntry
      let caller = frame.pointee.previous
      frame.pointee.previous = nil
      t.pointer.pointee.recursionDepth -= 1
      if isEntry { return (caller, true) }
      frame = caller.unsafelyUnwrapped
    }
    return (frame, false)
  }
}
