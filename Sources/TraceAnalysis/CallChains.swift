// What was counted, by the functions of the program that led to it. A function that only one of two versions has was taken out of another, put into it,
// or renamed: its numbers then belong to the nearest function on the way that both have, and only what is left of the difference is one.

import TraceReplay

struct CallChains {
  /// Names of functions, innermost first.
  private struct Chain: Hashable {
    let subject: FindingSubject
    let functions: [Int]
  }
  /// Functions of a chain that are kept: those far from the allocation decide nothing.
  private static let lengthMax = 32

  private var numbers: [String: Int] = [:]
  private var texts: [String] = []
  private var values: [Chain: [Measure: UInt64]] = [:]
  /// Functions that the version has, whether anything was counted for them or not.
  private let known: Set<String>

  init(_ names: TraceNames) {
    known = Set(names.codes.indices.map { RunMeasures.functionName(UInt32($0), names) })
  }

  func has(_ function: String) -> Bool { known.contains(function) }

  /// `innermost` is the row's own name; `functions` are those of the program on the way, innermost first.
  mutating func add(
    _ subject: FindingSubject, innermost: String, _ functions: [UInt32], _ names: TraceNames,
    _ counts: [(Measure, UInt64)]
  ) {
    var chain = [number(innermost)]
    for code in functions.prefix(Self.lengthMax) {
      let function = number(RunMeasures.functionName(code, names))
      if function != chain.last { chain.append(function) }
    }
    let key = Chain(subject: subject, functions: chain)
    for (measure, value) in counts where value > 0 { values[key, default: [:]][measure, default: 0] &+= value }
  }

  private mutating func number(_ name: String) -> Int {
    if let known = numbers[name] { return known }
    numbers[name] = texts.count
    texts.append(name)
    return texts.count - 1
  }

  /// Numbers by the innermost function that `isShared` accepts, with the names whose numbers went there. Where there is none, the name is empty.
  func folded(
    _ subject: FindingSubject, _ isShared: (String) -> Bool
  ) -> (values: [String: [Measure: UInt64]], targets: [String: Set<String>]) {
    let shared = texts.map(isShared)
    var folded: [String: [Measure: UInt64]] = [:]
    var targets: [String: Set<String>] = [:]
    for (chain, counts) in values where chain.subject == subject {
      let target = chain.functions.first { shared[$0] }.map { texts[$0] } ?? ""
      folded[target, default: [:]].merge(counts) { $0 &+ $1 }
      if let own = chain.functions.first, texts[own] != target { targets[texts[own], default: []].insert(target) }
    }
    return (folded, targets)
  }
}
