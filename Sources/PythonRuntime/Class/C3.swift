// The C3 linearisation of a class's bases: its method resolution order (Barrett et al. 1996; Python 2.3's MRO).

enum C3 {
  /// The MRO of a class with `bases`, without the class itself; nil: an exception is set.
  ///
  /// 1. The sequences to merge are the bases' own MROs, then the list of bases.
  /// 2. Take the first head that stands in no sequence's tail; remove it everywhere.
  /// 3. When no head is good, the hierarchy is inconsistent.
  static func merge(_ t: ThreadState, bases: [TypeObject]) -> [TypeObject]? {
    var sequences: [[TypeObject]] = []
    for base in bases {
      guard let mro = base.pointer.pointee.mro else {
        t.raise(.TypeError, "Cannot extend an incomplete type '\(base.nameText)'")
        return nil
      }
      sequences.append((0..<mro.tupleCount).map { TypeObject(unchecked: mro.tupleItems[$0]) })
    }
    for (i, base) in bases.enumerated() where bases[(i + 1)...].contains(base) {
      t.raise(.TypeError, "duplicate base class \(base.nameText)")
      return nil
    }
    sequences.append(bases)
    var starts = [Int](repeating: 0, count: sequences.count)
    var result: [TypeObject] = []
    while true {
      var open = false
      var chosen: TypeObject?
      search: for (i, sequence) in sequences.enumerated() where starts[i] < sequence.count {
        open = true
        let head = sequence[starts[i]]
        for (j, other) in sequences.enumerated() where starts[j] + 1 < other.count {
          if other[(starts[j] + 1)...].contains(head) { continue search }
        }
        chosen = head
        break
      }
      guard open else { return result }
      guard let chosen else {
        raiseInconsistent(t, sequences, starts)
        return nil
      }
      result.append(chosen)
      for i in sequences.indices where starts[i] < sequences[i].count && sequences[i][starts[i]] == chosen {
        starts[i] += 1
      }
    }
  }

  private static func raiseInconsistent(_ t: ThreadState, _ sequences: [[TypeObject]], _ starts: [Int]) {
    var heads: [TypeObject] = []
    for (i, sequence) in sequences.enumerated() where starts[i] < sequence.count {
      let head = sequence[starts[i]]
      if !heads.contains(head) { heads.append(head) }
    }
    let names = heads.map(\.nameText).joined(separator: ", ")
    t.raise(.TypeError, "Cannot create a consistent method resolution order (MRO) for bases \(names)")
  }
}
