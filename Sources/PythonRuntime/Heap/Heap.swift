// The object heap: one reserved arena, cut into 16 KB pages of one size class each, with a free list per class. Large blocks take whole pages.
//
// Addresses are multiples of 16, so a slot number names an object. Guarded by the GIL. Under -DEXUVIA_MALLOC_HEAP each block comes from malloc, so
// that AddressSanitizer sees every object.
//
//     arena   [ page 0 | page 1 | ... ]   reserved with PROT_NONE semantics of overcommit: touched pages only cost memory
//     block   { next free block } while free
import CRuntimeSupport
import Glibc

/// Sizes of the arena and its parts, in bytes.
public enum HeapLimits {
  public static let arenaBytes = 1 << 36
  public static let pageBytes = 1 << 14
  /// What the system gives at the first touch.
  static let systemPageBytes: UInt = 1 << 12
  /// 255 is no class: it marks large blocks in the table of pages.
  public static let smallBytesMax = 254 * 16
  public static let classCount = smallBytesMax / 16 + 1
}

/// The raw allocator. State lives in one block of memory; every operation is static.
public enum Heap {
  /// Free lists by class: `lists[size / 16]`.
  @inlinable @inline(__always) static var lists: UnsafeMutablePointer<UnsafeMutableRawPointer?> {
    exuvia_free_lists().unsafelyUnwrapped
  }
  /// Size class of each page by its number: 0 for a page that holds no block's start, `largeClass` for the first page of a large block. Only
  /// walks over the whole heap read it.
  nonisolated(unsafe) static var pageClasses = UnsafeMutablePointer<UInt8>(bitPattern: 16).unsafelyUnwrapped
  static let largeClass: UInt8 = 255
  /// By size class: where the part of its youngest page begins that was never cut into blocks; nil when there is none.
  nonisolated(unsafe) static var uncut = UnsafeMutablePointer<UnsafeMutableRawPointer?>(bitPattern: 16)
    .unsafelyUnwrapped

  /// Reserves the arena. Once, before the first object.
  public static func start() {
    guard exuvia_arena() == 0 else { return }
    let reserved = mmap(
      nil, HeapLimits.arenaBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
    guard let reserved, reserved != MAP_FAILED else {
      fatal("cannot reserve address space for the object heap; raise `ulimit -v` and `ulimit -d`")
    }
    precondition(HeapLimits.classCount == Int(EXUVIA_SIZE_CLASSES), "the table of free lists has a list for each class")
    exuvia_set_arena(UInt(bitPattern: reserved))
    // Zeroed and untouched: costs a page of memory for each 64 MB of heap.
    let classes = calloc(HeapLimits.arenaBytes / HeapLimits.pageBytes, 1)
    guard let classes else { fatal("no memory for the table of the heap's pages") }
    pageClasses = classes.assumingMemoryBound(to: UInt8.self)
    uncut = .allocate(capacity: HeapLimits.classCount)
    uncut.initialize(repeating: nil, count: HeapLimits.classCount)
    // Slot 0 means "none": the first page is never used.
    PageRuns.start(pages: HeapLimits.arenaBytes / HeapLimits.pageBytes)
  }

  /// Memory for `size` bytes, 16-byte aligned, not zeroed.
  @inlinable @inline(__always) public static func allocate(_ size: Int) -> UnsafeMutableRawPointer {
    #if EXUVIA_MALLOC_HEAP
      return exuvia_checked_allocate(size).unsafelyUnwrapped
    #else
      let index = (size &+ 15) >> 4
      if index < HeapLimits.classCount, let block = lists[index] {
        lists[index] = block.load(as: UnsafeMutableRawPointer?.self)
        return block
      }
      return allocateSlowly(size)
    #endif
  }

  /// Gives back a block of `size` bytes, the size that it was allocated with.
  @inlinable @inline(__always) public static func free(_ block: UnsafeMutableRawPointer, size: Int) {
    #if EXUVIA_MALLOC_HEAP
      exuvia_checked_free(block, size)
    #else
      let index = (size &+ 15) >> 4
      if index < HeapLimits.classCount {
        block.storeBytes(of: lists[index], as: UnsafeMutableRawPointer?.self)
        lists[index] = block
      } else {
        freeLarge(block)
      }
    #endif
  }

  /// The size of the block that `size` bytes get.
  static func blockBytes(_ size: Int) -> Int {
    let unit = size <= HeapLimits.smallBytesMax ? 16 : HeapLimits.pageBytes
    return (size + unit - 1) / unit * unit
  }

  @usableFromInline @inline(never) static func allocateSlowly(_ size: Int) -> UnsafeMutableRawPointer {
    let index = (size + 15) >> 4
    guard index < HeapLimits.classCount else { return allocateLarge(size) }
    let sizeClass = max(index, 1)
    let size = sizeClass << 4
    let first = uncut[sizeClass] ?? startPage(sizeClass)
    let end = PageRuns.address(pageNumber(first) + 1)
    // Cut are this block and those behind it that end in the same page of the system's: what is not needed yet stays untouched, and costs no memory.
    // They are linked in address order, so that fresh objects lie side by side.
    let cutEnd =
      UnsafeMutableRawPointer(bitPattern: UInt(bitPattern: first) | (HeapLimits.systemPageBytes - 1))
      .unsafelyUnwrapped + 1
    var next = first + size
    let head = next + size <= cutEnd ? next : nil
    while next + size <= cutEnd {
      let after: UnsafeMutableRawPointer? = next + 2 * size <= cutEnd ? next + size : nil
      next.storeBytes(of: after, as: UnsafeMutableRawPointer?.self)
      next += size
    }
    lists[sizeClass] = head
    uncut[sizeClass] = next + size <= end ? next : nil
    return first
  }

  /// A page for blocks of a class, none of them cut.
  private static func startPage(_ sizeClass: Int) -> UnsafeMutableRawPointer {
    let number = PageRuns.take(1)
    pageClasses[number] = UInt8(sizeClass)
    return PageRuns.address(number)
  }

  static func allocateLarge(_ size: Int) -> UnsafeMutableRawPointer {
    let page = PageRuns.take(pageCount(size))
    pageClasses[page] = largeClass
    return PageRuns.address(page)
  }

  @usableFromInline @inline(never) static func freeLarge(_ block: UnsafeMutableRawPointer) {
    let page = pageNumber(block)
    pageClasses[page] = 0
    PageRuns.give(page, PageRuns.length(page))
  }

  /// A block of `new` bytes with the first `kept` bytes of `block`, which had `old` bytes and is gone: large ones stay where they are if they can.
  static func resize(_ block: UnsafeMutableRawPointer, from old: Int, to new: Int, keeping kept: Int)
    -> UnsafeMutableRawPointer
  {
    #if !EXUVIA_MALLOC_HEAP
      if old > HeapLimits.smallBytesMax, new > HeapLimits.smallBytesMax {
        let (has, wants) = (pageCount(old), pageCount(new))
        if has == wants || PageRuns.resize(pageNumber(block), from: has, to: wants) { return block }
      }
    #endif
    let fresh = allocate(new)
    memcpy(fresh, block, kept)
    free(block, size: old)
    return fresh
  }

  private static func pageCount(_ size: Int) -> Int { (size + HeapLimits.pageBytes - 1) / HeapLimits.pageBytes }

  static func pageNumber(_ block: UnsafeMutableRawPointer) -> Int {
    (Int(bitPattern: block) - Int(exuvia_arena())) / HeapLimits.pageBytes
  }

  /// The first byte behind all pages in use.
  static var end: UnsafeMutableRawPointer { PageRuns.address(PageRuns.end) }
}

/// Ends the process with a message, when no Python exception can be raised any more.
public func fatal(_ message: StaticString) -> Never {
  let prefix: StaticString = "exuvia: "
  write(2, prefix.utf8Start, prefix.utf8CodeUnitCount)
  write(2, message.utf8Start, message.utf8CodeUnitCount)
  write(2, "\n", 1)
  abort()
}
