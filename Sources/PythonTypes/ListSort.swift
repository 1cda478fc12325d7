// list.sort: timsort with the powersort merge policy, making the comparisons that CPython 3.13 makes (Objects/listobject.c).
//
// 1. Find the next natural run, at least `minimum` long (shorter ones are filled up by binary insertion).
// 2. Its power decides which waiting runs are merged first.
// 3. Merging gallops when one side wins often.
// While it runs, the list is empty, so that Python code called by comparisons cannot see or change the items.
import CRuntimeSupport
import Glibc
import PythonRuntime

/// Sorts a list in place; false with an exception set.
public func listSort(_ t: ThreadState, _ list: Object, key: Object?, reverse: Bool) -> Bool {
  let p = list.listLayout
  let count = p.pointee.count
  let items = p.pointee.items
  let capacity = p.pointee.capacity
  p.pointee.count = 0
  p.pointee.items = nil
  p.pointee.capacity = -1
  Probes.resized(list)
  if let items, exuvia_level() >= probeLevelLinks {
    for i in 0..<count { storeProbe(list, i, items[i], nil) }
  }
  var sorted = true
  if let items, count > 0 {
    if let key {
      let keys = UnsafeMutablePointer<Object>.allocate(capacity: count)
      var made = 0
      while made < count {
        guard let k = call1(t, key, items[made]) else {
          sorted = false
          break
        }
        keys[made] = k
        made += 1
      }
      if sorted { sorted = run(t, keys, items, count, reverse) }
      for i in 0..<made { keys[i].release() }
      keys.deallocate()
    } else {
      sorted = run(t, items, nil, count, reverse)
    }
  }
  let changed = p.pointee.capacity != -1
  let strayItems = p.pointee.items
  let strayCount = p.pointee.count
  let strayCapacity = p.pointee.capacity
  p.pointee.count = count
  p.pointee.items = items
  p.pointee.capacity = capacity
  Probes.resized(list)
  if exuvia_level() >= probeLevelLinks {
    if changed, let strayItems {
      for i in 0..<strayCount { storeProbe(list, i, strayItems[i], nil) }
    }
    if let items { recordFill(list, items, count) }
  }
  if changed, let strayItems {
    for i in 0..<strayCount { strayItems[i].release() }
    Heap.free(UnsafeMutableRawPointer(strayItems), size: strayCapacity * 8)
  }
  if changed && sorted { return t.fail(.ValueError, "list modified during sort") }
  return sorted
}

private func run(
  _ t: ThreadState, _ keys: UnsafeMutablePointer<Object>, _ values: UnsafeMutablePointer<Object>?, _ count: Int,
  _ reverse: Bool
) -> Bool {
  guard count > 1 else { return true }
  var sort = Timsort(t, keys, values, count)
  if reverse { sort.reverse(0, count) }
  let done = sort.sort()
  if reverse { sort.reverse(0, count) }
  sort.finish()
  return done
}

private struct Timsort {
  typealias Items = UnsafeMutablePointer<Object>
  struct Run {
    var start: Int
    var length: Int
    var power = 0
  }
  static let minimumGallop = 7

  let t: ThreadState
  let keys: Items
  let values: Items?
  let count: Int
  var pending: [Run] = []
  var gallop = Timsort.minimumGallop
  var spareKeys: Items
  var spareValues: Items?
  var failed = false

  init(_ t: ThreadState, _ keys: Items, _ values: Items?, _ count: Int) {
    self.t = t
    self.keys = keys
    self.values = values
    self.count = count
    spareKeys = .allocate(capacity: count / 2 + 1)
    spareValues = values.map { _ in .allocate(capacity: count / 2 + 1) }
  }
  func finish() {
    spareKeys.deallocate()
    spareValues?.deallocate()
  }

  /// `a < b`; a failed comparison sets `failed` and answers false.
  @inline(__always) mutating func less(_ a: Object, _ b: Object) -> Bool {
    if a.isExactly(.int) && b.isExactly(.int) && a.isSmallInt && b.isSmallInt { return a.smallInt < b.smallInt }
    if a.isExactly(.str) && b.isExactly(.str) { return compareStr(a, b) < 0 }
    if a.isExactly(.float) && b.isExactly(.float) { return a.double < b.double }
    guard let result = richCompare(t, a, b, .less) else {
      failed = true
      return false
    }
    if result == core.pointee.true { return true }
    if result == core.pointee.false { return false }
    let truth = isTrue(t, result)
    result.release()
    if truth < 0 { failed = true }
    return truth > 0
  }

  func reverse(_ start: Int, _ end: Int) {
    var i = start
    var j = end - 1
    while i < j {
      swap(&keys[i], &keys[j])
      if let values { swap(&values[i], &values[j]) }
      i += 1
      j -= 1
    }
  }
  @inline(__always) func move(_ from: Int, to: Int, _ n: Int) {
    memmove(keys + to, keys + from, n * 8)
    if let values { memmove(values + to, values + from, n * 8) }
  }
  @inline(__always) func toSpare(_ from: Int, _ n: Int) {
    memcpy(spareKeys, keys + from, n * 8)
    if let values, let spareValues { memcpy(spareValues, values + from, n * 8) }
  }
  @inline(__always) func fromSpare(_ from: Int, to: Int, _ n: Int) {
    memcpy(keys + to, spareKeys + from, n * 8)
    if let values, let spareValues { memcpy(values + to, spareValues + from, n * 8) }
  }

  mutating func sort() -> Bool {
    var left = count
    var start = 0
    // The least run length: the top six bits of the count, plus one if others are set.
    var n = count
    var odd = 0
    while n >= 64 {
      odd |= n & 1
      n >>= 1
    }
    let minimum = n + odd
    while left > 0 {
      var length = countRun(start, left)
      if failed { return false }
      if length < minimum {
        let forced = min(left, minimum)
        insertionSort(start, forced, sorted: length)
        if failed { return false }
        length = forced
      }
      guard foundRun(length) else { return false }
      pending.append(Run(start: start, length: length))
      start += length
      left -= length
    }
    while pending.count > 1 {
      var i = pending.count - 2
      if i > 0 && pending[i - 1].length < pending[i + 1].length { i -= 1 }
      guard merge(at: i) else { return false }
    }
    return true
  }

  /// The length of the run at `start`, made ascending. A descending run may have equal items side by side; they keep their order.
  mutating func countRun(_ start: Int, _ left: Int) -> Int {
    let lo = keys + start
    var n = 1
    while n < left {
      if less(lo[n], lo[n - 1]) { break }
      if failed { return 0 }
      n += 1
    }
    if n == left { return n }
    if n > 1 {
      if less(lo[0], lo[n - 1]) { return n }
      if failed { return 0 }
      // All equal so far: they may open a descending run.
      reverse(start, start + n)
    }
    n += 1
    var equal = 0
    while n < left {
      if less(lo[n], lo[n - 1]) {
        if equal > 0 {
          reverse(start + n - equal - 1, start + n)
          equal = 0
        }
      } else {
        if failed { return 0 }
        if less(lo[n - 1], lo[n]) { break }
        if failed { return 0 }
        equal += 1
      }
      n += 1
    }
    if failed { return 0 }
    if equal > 0 { reverse(start + n - equal - 1, start + n) }
    reverse(start, start + n)
    while n < left {
      if less(lo[n], lo[n - 1]) { break }
      if failed { return 0 }
      n += 1
    }
    return n
  }

  mutating func insertionSort(_ start: Int, _ n: Int, sorted: Int) {
    let lo = keys + start
    for i in max(sorted, 1)..<max(n, 1) {
      let pivot = lo[i]
      var left = 0
      var right = i
      while left < right {
        let middle = (left + right) >> 1
        if less(pivot, lo[middle]) { right = middle } else { left = middle + 1 }
        if failed { return }
      }
      let value = values.map { $0[start + i] }
      move(start + left, to: start + left + 1, i - left)
      lo[left] = pivot
      if let values, let value { values[start + left] = value }
    }
  }

  /// Merges waiting runs whose power is above that of the border to a new run of `length`.
  mutating func foundRun(_ length: Int) -> Bool {
    guard let last = pending.last else { return true }
    var power = 0
    var a = 2 * last.start + last.length
    var b = a + last.length + length
    while true {
      power += 1
      if a >= count {
        a -= count
        b -= count
      } else if b >= count {
        break
      }
      a <<= 1
      b <<= 1
    }
    while pending.count > 1 && pending[pending.count - 2].power > power {
      guard merge(at: pending.count - 2) else { return false }
    }
    pending[pending.count - 1].power = power
    return true
  }

  mutating func merge(at i: Int) -> Bool {
    var a = pending[i].start
    var na = pending[i].length
    let b = pending[i + 1].start
    var nb = pending[i + 1].length
    pending[i].length = na + nb
    pending.remove(at: i + 1)
    let k = gallopRight(keys[b], keys + a, na, 0)
    if failed { return false }
    a += k
    na -= k
    if na == 0 { return true }
    nb = gallopLeft(keys[a + na - 1], keys + b, nb, nb - 1)
    if failed { return false }
    if nb == 0 { return true }
    if na <= nb { mergeLow(a, na, b, nb) } else { mergeHigh(a, na, b, nb) }
    return !failed
  }

  /// Where `key` belongs in the sorted `base`, before equal items; the search begins at `hint`.
  mutating func gallopLeft(_ key: Object, _ base: Items, _ n: Int, _ hint: Int) -> Int {
    var last = 0
    var offset = 1
    if less(base[hint], key) {
      let most = n - hint
      while offset < most {
        if less(base[hint + offset], key) {
          last = offset
          offset = (offset << 1) + 1
        } else {
          break
        }
      }
      if failed { return 0 }
      offset = min(offset, most)
      last += hint
      offset += hint
    } else {
      if failed { return 0 }
      let most = hint + 1
      while offset < most {
        if less(base[hint - offset], key) { break }
        if failed { return 0 }
        last = offset
        offset = (offset << 1) + 1
      }
      offset = min(offset, most)
      (last, offset) = (hint - offset, hint - last)
    }
    last += 1
    while last < offset {
      let middle = last + (offset - last) >> 1
      if less(base[middle], key) { last = middle + 1 } else { offset = middle }
      if failed { return 0 }
    }
    return offset
  }

  /// Where `key` belongs in the sorted `base`, behind equal items.
  mutating func gallopRight(_ key: Object, _ base: Items, _ n: Int, _ hint: Int) -> Int {
    var last = 0
    var offset = 1
    if less(key, base[hint]) {
      let most = hint + 1
      while offset < most {
        if less(key, base[hint - offset]) {
          last = offset
          offset = (offset << 1) + 1
        } else {
          break
        }
      }
      if failed { return 0 }
      offset = min(offset, most)
      (last, offset) = (hint - offset, hint - last)
    } else {
      if failed { return 0 }
      let most = n - hint
      while offset < most {
        if less(key, base[hint + offset]) { break }
        if failed { return 0 }
        last = offset
        offset = (offset << 1) + 1
      }
      offset = min(offset, most)
      last += hint
      offset += hint
    }
    last += 1
    while last < offset {
      let middle = last + (offset - last) >> 1
      if less(key, base[middle]) { offset = middle } else { last = middle + 1 }
      if failed { return 0 }
    }
    return offset
  }

  /// Merges the runs at `a` and `b` upwards; the shorter one, `a`, goes to the spare room.
  mutating func mergeLow(_ a: Int, _ countA: Int, _ b: Int, _ countB: Int) {
    var na = countA
    var nb = countB
    toSpare(a, na)
    var target = a
    var fromA = 0
    var fromB = b
    func takeB() {
      move(fromB, to: target, 1)
      target += 1
      fromB += 1
      nb -= 1
    }
    func takeA() {
      fromSpare(fromA, to: target, 1)
      target += 1
      fromA += 1
      na -= 1
    }
    takeB()
    var minimum = gallop
    merging: if nb > 0 && na > 1 {
      while true {
        var wonA = 0
        var wonB = 0
        while true {
          let right = less(keys[fromB], spareKeys[fromA])
          if failed { break merging }
          if right {
            takeB()
            wonB += 1
            wonA = 0
            if nb == 0 { break merging }
            if wonB >= minimum { break }
          } else {
            takeA()
            wonA += 1
            wonB = 0
            if na == 1 { break merging }
            if wonA >= minimum { break }
          }
        }
        minimum += 1
        repeat {
          minimum -= minimum > 1 ? 1 : 0
          gallop = minimum
          var k = gallopRight(keys[fromB], spareKeys + fromA, na, 0)
          if failed { break merging }
          wonA = k
          if k > 0 {
            fromSpare(fromA, to: target, k)
            target += k
            fromA += k
            na -= k
            if na <= 1 { break merging }
          }
          takeB()
          if nb == 0 { break merging }
          k = gallopLeft(spareKeys[fromA], keys + fromB, nb, 0)
          if failed { break merging }
          wonB = k
          if k > 0 {
            move(fromB, to: target, k)
            target += k
            fromB += k
            nb -= k
            if nb == 0 { break merging }
          }
          takeA()
          if na == 1 { break merging }
        } while wonA >= Timsort.minimumGallop || wonB >= Timsort.minimumGallop
        minimum += 1
        gallop = minimum
      }
    }
    if failed || nb == 0 || na != 1 {
      if na > 0 { fromSpare(fromA, to: target, na) }
    } else {
      // The last item of a belongs behind all of b.
      move(fromB, to: target, nb)
      fromSpare(fromA, to: target + nb, 1)
    }
  }

  /// Merges the runs at `a` and `b` downwards; the shorter one, `b`, goes to the spare room.
  mutating func mergeHigh(_ a: Int, _ countA: Int, _ b: Int, _ countB: Int) {
    var na = countA
    var nb = countB
    toSpare(b, nb)
    var target = b + nb - 1
    var lastB = nb - 1
    var lastA = a + na - 1
    func takeA() {
      move(lastA, to: target, 1)
      target -= 1
      lastA -= 1
      na -= 1
    }
    func takeB() {
      fromSpare(lastB, to: target, 1)
      target -= 1
      lastB -= 1
      nb -= 1
    }
    takeA()
    var minimum = gallop
    merging: if na > 0 && nb > 1 {
      while true {
        var wonA = 0
        var wonB = 0
        while true {
          let left = less(spareKeys[lastB], keys[lastA])
          if failed { break merging }
          if left {
            takeA()
            wonA += 1
            wonB = 0
            if na == 0 { break merging }
            if wonA >= minimum { break }
          } else {
            takeB()
            wonB += 1
            wonA = 0
            if nb == 1 { break merging }
            if wonB >= minimum { break }
          }
        }
        minimum += 1
        repeat {
          minimum -= minimum > 1 ? 1 : 0
          gallop = minimum
          var k = gallopRight(spareKeys[lastB], keys + a, na, na - 1)
          if failed { break merging }
          k = na - k
          wonA = k
          if k > 0 {
            target -= k
            lastA -= k
            move(lastA + 1, to: target + 1, k)
            na -= k
            if na == 0 { break merging }
          }
          takeB()
          if nb == 1 { break merging }
          k = gallopLeft(keys[lastA], spareKeys, nb, nb - 1)
          if failed { break merging }
          k = nb - k
          wonB = k
          if k > 0 {
            target -= k
            lastB -= k
            fromSpare(lastB + 1, to: target + 1, k)
            nb -= k
            if nb <= 1 { break merging }
          }
          takeA()
          if na == 0 { break merging }
        } while wonA >= Timsort.minimumGallop || wonB >= Timsort.minimumGallop
        minimum += 1
        gallop = minimum
      }
    }
    if failed || na == 0 || nb != 1 {
      if nb > 0 { fromSpare(0, to: target - (nb - 1), nb) }
    } else {
      // The first item of b belongs before all of a.
      target -= na
      lastA -= na
      move(lastA + 1, to: target + 1, na)
      fromSpare(lastB, to: target, 1)
    }
  }
}
