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
  public static let smallBytesMax = 1024
  public static let classCount = smallBytesMax / 16 + 1
}

/// The raw allocator. State lives in one block of memory; every operation is static.
public enum Heap {
  /// Free lists by class: `lists[size / 16]`.
  @inlinable @inline(__always) static var lists: UnsafeMutablePointer<UnsafeMutableRawPointer?> {
    exuvia_free_lists().unsafelyUnwrapped
  }
  nonisolated(unsafe) static var nextPage = UnsafeMutableRawPointer(bitPattern: 16).unsafelyUnwrapped
  nonisolated(unsafe) static var arenaEnd = UnsafeMutableRawPointer(bitPattern: 16).unsafelyUnwrapped
  /// Freed runs of whole pages: (address, pages), first fit.
  nonisolated(unsafe) static var freeRuns: [(address: UnsafeMutableRawPointer, pages: Int)] = []
  /// Size class of each page by its number: 0 for a page that holds no block's start, `largeClass` for the first page of a large block. Only
  /// walks over the whole heap read it.
  nonisolated(unsafe) static var pageClasses = UnsafeMutablePointer<UInt8>(bitPattern: 16).unsafelyUnwrapped
  static let largeClass: UInt8 = 255
  /// Page count of each live large block, by page index.
  nonisolated(unsafe) static var largePages: [UnsafeMutableRawPointer: Int] = [:]

  /// Reserves the arena. Once, before the first object.
  public static func start() {
    guard exuvia_arena() == 0 else { return }
    let reserved = mmap(
      nil, HeapLimits.arenaBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
    guard let reserved, reserved != MAP_FAILED else {
      fatal("cannot reserve address space for the object heap; raise `ulimit -v`")
    }
    precondition(HeapLimits.classCount == Int(EXUVIA_SIZE_CLASSES), "the table of free lists has a list for each class")
    exuvia_set_arena(UInt(bitPattern: reserved))
    // Zeroed and untouched: costs a page of memory for each 64 MB of heap.
    let classes = calloc(HeapLimits.arenaBytes / HeapLimits.pageBytes, 1)
    guard let classes else { fatal("no memory for the table of the heap's pages") }
    pageClasses = classes.assumingMemoryBound(to: UInt8.self)
    // Slot 0 means "none": the first page is never used.
    nextPage = reserved + HeapLimits.pageBytes
    arenaEnd = reserved + HeapLimits.arenaBytes
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
    let blockSize = max(index, 1) << 4
    let page = takePages(1)
    pageClasses[pageNumber(page)] = UInt8(max(index, 1))
    // The page's blocks are linked in address order, so that fresh objects lie side by side.
    let count = HeapLimits.pageBytes / blockSize
    for i in 1..<count {
      let next: UnsafeMutableRawPointer? = i + 1 < count ? page + (i + 1) * blockSize : nil
      (page + i * blockSize).storeBytes(of: next, as: UnsafeMutableRawPointer?.self)
    }
    lists[max(index, 1)] = count > 1 ? page + blockSize : nil
    return page
  }

  static func allocateLarge(_ size: Int) -> UnsafeMutableRawPointer {
    let pages = (size + HeapLimits.pageBytes - 1) / HeapLimits.pageBytes
    let block = takePages(pages)
    largePages[block] = pages
    pageClasses[pageNumber(block)] = largeClass
    return block
  }

  @usableFromInline static func freeLarge(_ block: UnsafeMutableRawPointer) {
    guard let pages = largePages.removeValue(forKey: block) else { return }
    pageClasses[pageNumber(block)] = 0
    // Big runs go back to the system at once; the addresses are kept.
    if pages >= 64 { madvise(block, pages * HeapLimits.pageBytes, MADV_DONTNEED) }
    freeRuns.append((block, pages))
  }

  static func pageNumber(_ block: UnsafeMutableRawPointer) -> Int {
    (Int(bitPattern: block) - Int(exuvia_arena())) / HeapLimits.pageBytes
  }

  static func takePages(_ pages: Int) -> UnsafeMutableRawPointer {
    if let i = freeRuns.lastIndex(where: { $0.pages >= pages }) {
      let run = freeRuns[i]
      if run.pages == pages {
        freeRuns.remove(at: i)
      } else {
        freeRuns[i] = (run.address + pages * HeapLimits.pageBytes, run.pages - pages)
      }
      return run.address
    }
    let block = nextPage
    guard block + pages * HeapLimits.pageBytes <= arenaEnd else {
      fatal("the object heap is full (64 GB)")
    }
    nextPage = block + pages * HeapLimits.pageBytes
    return block
  }
}

/// Ends the process with a message, when no Python exception can be raised any more.
public func fatal(_ message: StaticString) -> Never {
  let prefix: StaticString = "exuvia: "
  write(2, prefix.utf8Start, prefix.utf8CodeUnitCount)
  write(2, message.utf8Start, message.utf8CodeUnitCount)
  write(2, "\n", 1)
  abort()
}
