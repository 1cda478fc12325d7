// Runs of whole pages: what large blocks and the pages of small ones are cut from. Free neighbours are joined at once, so that a list that grows can
// do so in its place or into what shorter lists have left.
//
// Three tables with a word for each page, zeroed and untouched until used:
//
//     lengths    first and last page of a run: its length in pages, with `freeBit` while it is free. Other pages: nothing that is read.
//     next, previous    a free run's neighbours among the free runs whose length has the same power of two, by first page; 0: none
//
// Page 0 is never used.
import CRuntimeSupport
import Glibc

enum PageRuns {
  private static let freeBit: UInt32 = 1 << 31
  /// A free run of so many pages (32 MB) goes back to the system; the addresses are kept.
  private static let residentMax = 2048
  /// So many runs of the right power of two are looked at; the next power has only runs that are long enough.
  private static let triesMax = 16

  nonisolated(unsafe) private static var lengths = UnsafeMutablePointer<UInt32>(bitPattern: 16).unsafelyUnwrapped
  nonisolated(unsafe) private static var next = UnsafeMutablePointer<UInt32>(bitPattern: 16).unsafelyUnwrapped
  nonisolated(unsafe) private static var previous = UnsafeMutablePointer<UInt32>(bitPattern: 16).unsafelyUnwrapped
  /// First free run by the power of two of its length.
  nonisolated(unsafe) private static var heads = UnsafeMutablePointer<UInt32>(bitPattern: 16).unsafelyUnwrapped
  /// Pages from here on have never been used, or have been given back.
  nonisolated(unsafe) static var end = 1
  nonisolated(unsafe) private static var limit = 1

  static func start(pages: Int) {
    func table(_ count: Int) -> UnsafeMutablePointer<UInt32> {
      guard let block = calloc(count, 4) else { fatal("no memory for the table of the heap's pages") }
      return block.assumingMemoryBound(to: UInt32.self)
    }
    lengths = table(pages + 1)
    next = table(pages)
    previous = table(pages)
    heads = table(32)
    limit = pages
  }

  /// The length of the used run that begins at `page`.
  static func length(_ page: Int) -> Int { Int(lengths[page]) }

  /// A run of `count` pages.
  static func take(_ count: Int) -> Int {
    var bin = power(count)
    while bin < 32 {
      var page = Int(heads[bin])
      var tries = triesMax
      while page != 0, tries > 0 {
        let length = Int(lengths[page] & ~freeBit)
        if length >= count {
          remove(page, length)
          if length > count { insert(page + count, length - count) }
          mark(page, count)
          return page
        }
        page = Int(next[page])
        tries -= 1
      }
      bin += 1
    }
    let page = end
    guard page + count <= limit else { fatal("the object heap is full (64 GB)") }
    end = page + count
    mark(page, count)
    return page
  }

  /// Gives back a run, or the end of one.
  static func give(_ page: Int, _ count: Int) {
    var (first, end) = (page, page + count)
    // What goes back to the system: neighbours that are long have gone already.
    var (adviseBegin, adviseEnd) = (first, end)
    if lengths[first - 1] & freeBit != 0 {
      let length = Int(lengths[first - 1] & ~freeBit)
      first -= length
      remove(first, length)
      if length < residentMax { adviseBegin = first }
    }
    if end < self.end, lengths[end] & freeBit != 0 {
      let length = Int(lengths[end] & ~freeBit)
      remove(end, length)
      end += length
      if length < residentMax { adviseEnd = end }
    }
    if end - first >= residentMax {
      madvise(address(adviseBegin), (adviseEnd - adviseBegin) * HeapLimits.pageBytes, MADV_DONTNEED)
    }
    if end == self.end { self.end = first } else { insert(first, end - first) }
  }

  /// Makes the used run at `page` longer or shorter where it is. False: what follows is in use.
  static func resize(_ page: Int, from old: Int, to new: Int) -> Bool {
    if new < old {
      mark(page, new)
      give(page + new, old - new)
      return true
    }
    let missing = new - old
    let after = page + old
    if after == end {
      guard after + missing <= limit else { return false }
      end = after + missing
    } else {
      let right = lengths[after]
      let length = Int(right & ~freeBit)
      guard right & freeBit != 0, length >= missing else { return false }
      remove(after, length)
      if length > missing { insert(after + missing, length - missing) }
    }
    mark(page, new)
    return true
  }

  // MARK: - Tables

  private static func power(_ count: Int) -> Int { Int.bitWidth - 1 - count.leadingZeroBitCount }

  private static func mark(_ page: Int, _ count: Int) {
    lengths[page] = UInt32(count)
    lengths[page + count - 1] = UInt32(count)
  }

  private static func insert(_ page: Int, _ count: Int) {
    lengths[page] = UInt32(count) | freeBit
    lengths[page + count - 1] = UInt32(count) | freeBit
    let bin = power(count)
    let head = heads[bin]
    next[page] = head
    previous[page] = 0
    if head != 0 { previous[Int(head)] = UInt32(page) }
    heads[bin] = UInt32(page)
  }

  private static func remove(_ page: Int, _ count: Int) {
    let (before, after) = (previous[page], next[page])
    if before != 0 { next[Int(before)] = after } else { heads[power(count)] = after }
    if after != 0 { previous[Int(after)] = before }
    lengths[page] = 0
    lengths[page + count - 1] = 0
  }

  static func address(_ page: Int) -> UnsafeMutableRawPointer {
    UnsafeMutableRawPointer(bitPattern: UInt(exuvia_arena()) + UInt(page * HeapLimits.pageBytes)).unsafelyUnwrapped
  }
}
