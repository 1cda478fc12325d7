// A pass that frees and moves nothing: it counts what the tracked containers hold and compares the sums with the reference counts, and looks at the lists
// and free lists on the way. Only in builds with -DVERIFYING_PASSES (tools/check-deep), before every Nth allocation: EXUVIA_VERIFY_EVERY=N, 1 when absent.
//
//     1. the generations' lists are well linked, and no flag of a pass is left in them
//     2. every reference of a tracked container leads to a living object of a living type
//     3. no object has fewer references counted than the containers hold
//     4. what waits in the free lists of types is dead and untracked; free blocks lie in pages of their class
//     5. whatever lives and says that it is tracked is in a list
//
// Beside the passes, what each native function gives is looked at.
//
// A finding ends the process with a message: the state that it was made from is still there for a debugger.
#if VERIFYING_PASSES
  import CRuntimeSupport
  import Glibc

  public enum VerifyingPass {
    nonisolated(unsafe) private static var every = 0
    nonisolated(unsafe) private static var untilNext = 0
    nonisolated(unsafe) private static var isRunning = false
    nonisolated(unsafe) private static var passCount = 0

    /// From now on passes are made.
    static func start() {
      every = getenv("EXUVIA_VERIFY_EVERY").flatMap { Int(String(cString: $0)) } ?? 1
      untilNext = every
    }

    @inline(never) public static func beforeAllocation() {
      guard every > 0, !isRunning, !Collector.isCollecting else { return }
      untilNext -= 1
      guard untilNext <= 0 else { return }
      untilNext = every
      isRunning = true
      check()
      isRunning = false
    }

    private static func check() {
      let tracked = checkLists()
      var held: [UnsafeMutableRawPointer: Int] = [:]
      held.reserveCapacity(tracked.count * 2)
      withUnsafeMutablePointer(to: &held) { held in
        for object in tracked {
          guard let traverse = object.type.pointer.pointee.traverse else { continue }
          _ = traverse.call(
            object,
            Visitor(context: UnsafeMutableRawPointer(held)) { child, raw in
              raw?.assumingMemoryBound(to: [UnsafeMutableRawPointer: Int].self).pointee[child.address, default: 0] += 1
              return false
            })
        }
      }
      checkCounts(held)
      checkFreeLists()
      #if !EXUVIA_MALLOC_HEAP
        // Walks over all memory are dear.
        passCount += 1
        guard passCount % 8 == 0 else { return }
        checkBlocks()
        checkTracking(tracked)
      #endif
    }

    /// Step 1. All tracked objects.
    private static func checkLists() -> [Object] {
      var tracked: [Object] = []
      for (generation, head) in Collector.allHeads.enumerated() {
        var before = head
        var links = head.next
        while links != head {
          expect(links.previous == before, "generation \(generation) is badly linked", Collector.object(links))
          expect(
            links.pointee.prev & CollectorLinks.collectingBit == 0,
            "the flag of a pass is left in generation \(generation)",
            Collector.object(links))
          tracked.append(Collector.object(links))
          before = links
          links = links.next
        }
        expect(head.previous == before, "the end of generation \(generation) is badly linked", nil)
      }
      return tracked
    }

    /// Steps 2 and 3.
    private static func checkCounts(_ held: [UnsafeMutableRawPointer: Int]) {
      for (address, references) in held {
        let object = Object(address)
        if object.isImmortal { continue }
        expect(object.refcount > 0, "a container holds an object that is dead", object)
        expect(
          object.refcount >= references, "\(references) references are held, \(object.refcount) are counted", object)
        let type = object.type.object
        expect(type.isImmortal || type.refcount > 0, "an object's type is dead", object)
      }
    }

    /// Step 4, the free lists of types.
    private static func checkFreeLists() {
      #if !EXUVIA_MALLOC_HEAP
        for list in FreeLists.all {
          var count = 0
          var current = list.head
          while let object = current {
            expect(object.refcount == 0, "an object in a free list has references", object)
            expect(object.links.pointee.next == 0, "an object in a free list is tracked", object)
            count += 1
            expect(count <= list.count, "a free list is longer than its count", object)
            current = list.next(object)
          }
          expect(count == list.count, "a free list is shorter than its count", nil)
        }
      #endif
      expect(exuvia_count0() >= 0, "generation 0's counter is negative", nil)
    }

    #if !EXUVIA_MALLOC_HEAP
      /// Step 4, free blocks.
      private static func checkBlocks() {
        for sizeClass in 1..<HeapLimits.classCount {
          var current = Heap.lists[sizeClass]
          var count = 0
          while let block = current {
            let page = Heap.pageNumber(block)
            expect(page > 0 && block < Heap.end, "a free block lies outside of the heap", nil)
            expect(
              Int(Heap.pageClasses[page]) == sizeClass,
              "a free block of class \(sizeClass) lies in a page of another class",
              Object(block))
            count += 1
            expect(count < 1 << 24, "a list of free blocks has no end", nil)
            current = block.load(as: UnsafeMutableRawPointer?.self)
          }
        }
      }

      /// Step 5.
      private static func checkTracking(_ tracked: [Object]) {
        let inLists = Set(tracked.map(\.address))
        HeapWalk.forEachObject { object in
          guard object.hasLinks, object.isTracked else { return }
          expect(inLists.contains(object.address), "an object says that it is tracked and is in no list", object)
        }
      }
    #endif

    /// A native function gives a value, or nil and an exception: never both, never neither.
    static func checkResult(_ t: ThreadState, _ result: Object?, of name: Object) {
      let text = result == nil ? "ends without a value and without an exception" : "gives a value and raises"
      expect((result == nil) == t.hasRaised, "\(stringValue(name)) \(text)", result)
    }

    private static func expect(_ condition: Bool, _ text: @autoclosure () -> String, _ object: Object?) {
      guard !condition else { return }
      var message = "exuvia: verifying pass: \(text())"
      if let object {
        let slot = String(UInt(bitPattern: object.address), radix: 16)
        message += ": \(object.type.nameText) object at 0x\(slot), count \(object.refcount)"
      }
      writeError(message + "\n")
      abort()
    }
  }
#endif
