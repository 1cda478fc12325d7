// Emptying the free lists of tuples, lists, dicts and slices at the end of a full pass. Generation 0's counter sees each freed block, as in CPython.

enum FreeLists {
  /// The free lists of all types.
  static var all: [ObjectFreeList] {
    (1...TupleObject.cachedLengthMax).map { TupleObject.freeLists[$0] }
      + [ListObject.freeList, DictObject.freeList, SliceObject.freeList]
  }

  static func clear() {
    for count in 1...TupleObject.cachedLengthMax {
      while let object = TupleObject.freeLists[count].take() { freeParkedContainer(object, size: 24 + 8 * count) }
    }
    while let object = ListObject.freeList.take() { freeParkedContainer(object, size: 40) }
    while let object = DictObject.freeList.take() { freeParkedContainer(object, size: 32) }
    while let object = SliceObject.freeList.take() { freeParkedContainer(object, size: 40) }
  }
}
