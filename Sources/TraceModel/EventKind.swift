// What can be said about a run: one case per kind of event. The leaf that recorder and reader share.
// Append-only: a raw value is never reused. ORDER EventKind

/// A kind of event. The raw value is the first byte of a raw record and the kind byte of the format.
public enum EventKind: UInt8, CaseIterable, Sendable {
  // Definitions: a name stands before its first use.
  case defineString = 1
  case defineType, typeBase, typeMRO, typeAbstractName
  case defineCode, defineNode, defineSite
  case codeVariable

  // Process, threads, clock.
  case processStart = 16
  case processExit, fork
  case threadStart, threadExit
  case clock
  case marker, counter, output
  case stall, loss
  case programEnd

  // Memory.
  case alloc = 32
  case allocLarge, resize, move, dealloc
  case store, fill
  case incref, decref
  case track, untrack
  case snapshotEdge, root
  case shift
  case functionCode, frameEdge

  // The collector.
  case collectBegin = 64
  case collectVerdict, collectUnreachable, collectCallback, collectEnd
  case finalizerBegin, finalizerEnd, resurrect
  case weakrefCreate, weakrefDereference, weakrefClear, weakrefCallbackBegin, weakrefCallbackEnd
  case finalizerCall
  case collectSettings

  // Locks; the GIL is lock 0.
  case lockCreate = 96
  case lockBlock, lockAcquire, lockRelease
  case dropRequest
  case blockingBegin, blockingEnd

  // Generators, coroutines, asynchronous generators; calls; lookups; exceptions.
  case generatorCreate = 128
  case generatorResume, generatorYield, generatorReturn, generatorRaise, generatorDestroy
  case callBegin, callEnd
  case attributeLookup
  case raise
}
