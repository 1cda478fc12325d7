// The frame stack of a thread: chunks of words, frames pushed and popped at the end. Python calls Python without using the C stack.
//
//     chunk   previous chunk | previous top | previous end | words ...
import CRuntimeSupport

/// How deep Python calls may nest (`sys.setrecursionlimit`).
public enum RecursionLimit {
  @inlinable @inline(__always) public static var frames: Int {
    get { exuvia_recursion_limit() }
    set { exuvia_set_recursion_limit(newValue) }
  }
}

private enum FrameChunk {
  static let words = 16 * 1024
  static let headerWords = 3
}

/// Room for `words` words; not initialised.
@inline(__always) func allocateFrame(_ t: ThreadState, words: Int) -> UnsafeMutablePointer<Object?> {
  if let top = t.pointer.pointee.stackTop, let end = t.pointer.pointee.stackEnd, top + words <= end {
    t.pointer.pointee.stackTop = top + words
    return top
  }
  return allocateFrameChunk(t, words: words)
}

@inline(never) private func allocateFrameChunk(_ t: ThreadState, words: Int) -> UnsafeMutablePointer<Object?> {
  let size = max(FrameChunk.words, words + FrameChunk.headerWords)
  let chunk = UnsafeMutableRawPointer.allocate(byteCount: size * 8, alignment: 16)
  chunk.storeBytes(of: t.pointer.pointee.stackChunk, as: UnsafeMutableRawPointer?.self)
  chunk.storeBytes(of: t.pointer.pointee.stackTop, toByteOffset: 8, as: UnsafeMutablePointer<Object?>?.self)
  chunk.storeBytes(of: t.pointer.pointee.stackEnd, toByteOffset: 16, as: UnsafeMutablePointer<Object?>?.self)
  let first = (chunk + FrameChunk.headerWords * 8).assumingMemoryBound(to: Object?.self)
  t.pointer.pointee.stackChunk = chunk
  t.pointer.pointee.stackTop = first + words
  t.pointer.pointee.stackEnd = chunk.assumingMemoryBound(to: Object?.self) + size
  return first
}

/// Gives back the newest frame's memory.
@inline(__always) func freeFrame(_ t: ThreadState, _ frame: UnsafeMutablePointer<FrameLayout>) {
  let place = UnsafeMutableRawPointer(frame).assumingMemoryBound(to: Object?.self)
  t.pointer.pointee.stackTop = place
  if let chunk = t.pointer.pointee.stackChunk, UnsafeMutableRawPointer(place) == chunk + FrameChunk.headerWords * 8 {
    freeFrameChunk(t, chunk)
  }
}

@inline(never) private func freeFrameChunk(_ t: ThreadState, _ chunk: UnsafeMutableRawPointer) {
  // The bottom chunk stays for the thread's life.
  guard let previous = chunk.load(as: UnsafeMutableRawPointer?.self) else { return }
  t.pointer.pointee.stackChunk = previous
  t.pointer.pointee.stackTop = chunk.load(fromByteOffset: 8, as: UnsafeMutablePointer<Object?>?.self)
  t.pointer.pointee.stackEnd = chunk.load(fromByteOffset: 16, as: UnsafeMutablePointer<Object?>?.self)
  chunk.deallocate()
}

/// Frees the chunks of a thread that ends.
public func freeFrameStack(_ t: ThreadState) {
  while let chunk = t.pointer.pointee.stackChunk {
    t.pointer.pointee.stackChunk = chunk.load(as: UnsafeMutableRawPointer?.self)
    chunk.deallocate()
  }
  t.pointer.pointee.stackTop = nil
  t.pointer.pointee.stackEnd = nil
}

/// A fresh frame for `function` on the thread's stack, with all locals empty; takes over the function and the namespace. It is not yet linked.
@inline(__always)
func pushFrame<P: LoopPolicy>(_ policy: P.Type, _ t: ThreadState, steal function: Object, steal locals: Object?)
  -> Frame
{
  let frame = pushBareFrame(policy, t, steal: function, steal: locals)
  frame.clearLocals(from: 0)
  return frame
}

/// `pushFrame` with the memory of the locals as it comes.
@inline(__always)
func pushBareFrame<P: LoopPolicy>(_ policy: P.Type, _ t: ThreadState, steal function: Object, steal locals: Object?)
  -> Frame
{
  let code = function.functionLayout.pointee.code
  let memory = allocateFrame(t, words: Frame.words(code.codeLayout))
  let p = UnsafeMutableRawPointer(memory).assumingMemoryBound(to: FrameLayout.self)
  keep(policy, code)
  initializeFrame(p, function, code, locals)
  return Frame(p)
}

extension Frame {
  @inline(__always) func clearLocals(from index: Int) {
    let locals = fastLocals
    exuvia_clear_words(locals + index, locals + pointer.pointee.code.codeLayout.pointee.localCount)
  }
}

/// Gives the arguments (owned) to a bare frame. False: an exception is set; the values are gone either way.
@inline(__always)
func fillLocals(_ t: ThreadState, _ frame: Frame, _ values: UnsafeMutablePointer<Object?>, _ count: Int) -> Bool {
  let code = frame.pointer.pointee.code.codeLayout
  if code.pointee.isSimple, Int(code.pointee.argumentCount) == count {
    exuvia_copy_words(frame.fastLocals, values, count)
    frame.clearLocals(from: count)
    return true
  }
  frame.clearLocals(from: 0)
  return bindArguments(t, frame, Slow.items(values), count, keywords: nil)
}

/// A new frame becomes the running one, called by `caller`. The RESUME that most functions begin with is done at once. False: too deep, a
/// RecursionError is raised.
@inline(__always)
func enterFrame<P: LoopPolicy>(
  _: P.Type, _ t: ThreadState, _ inner: UnsafeMutablePointer<FrameLayout>,
  from caller: UnsafeMutablePointer<FrameLayout>
) -> Bool {
  inner.pointee.previous = caller
  t.setFrame(inner)
  let depth = t.pointer.pointee.recursionDepth &+ 1
  t.pointer.pointee.recursionDepth = depth
  // Without events any more, the frame is entered again, in another form of the loop.
  let entersAgain = P.traces && !t.isTracing && depth <= RecursionLimit.frames
  if P.records, !entersAgain, Probes.recordsCalls { Probes.callBegin(Frame(inner)) }
  if depth > RecursionLimit.frames {
    raiseRecursion(t)
    return false
  }
  let pc = inner.pointee.instruction
  if !P.traces, isInstruction(pc.pointee, .resume), !t.isInterrupted {
    inner.pointee.isIncomplete = false
    inner.pointee.instruction = pc + 1
  }
  return true
}

/// Steals all objects.
@inline(__always)
private func initializeFrame(
  _ p: UnsafeMutablePointer<FrameLayout>, _ function: Object, _ code: Object, _ locals: Object?
) {
  let f = function.functionLayout
  let c = code.codeLayout
  p.pointee.code = code
  p.pointee.previous = nil
  p.pointee.function = function
  p.pointee.globals = f.pointee.globals
  p.pointee.builtins = f.pointee.builtins
  p.pointee.locals = locals
  p.pointee.frameObject = nil
  p.pointee.instance = nil
  p.pointee.instruction = c.pointee.instructions
  p.pointee.stackTop = Frame(p).fastLocals + c.pointee.localCount
  p.pointee.returnOffset = 0
  p.pointee.node = nil
  p.pointee.owner = .thread
  p.pointee.isEntry = false
  p.pointee.isIncomplete = true
}
