// With one run a side a time says nothing by itself: it would differ between two runs of the same program. It is a finding where something that is counted
// differs, and that explains it.

enum TimeCauses {
  /// Why `measure` of `key` differs, in words that go on the explanation; nil where nothing counted does.
  static func cause(
    of measure: Measure, _ key: MeasureKey, _ before: RunMeasures, _ after: RunMeasures, threads: Int
  ) -> String? {
    let candidates: [(MeasureKey, Measure)]
    switch key.subject {
    case .lock: candidates = [(key, .blockedWhileHeld), (key, .ranWhileHeld), (key, .acquisitions)]
    case .collector: candidates = [(key, .examined), (key, .passes)]
    case .gil: candidates = after.rows.keys.filter { $0.subject == .thread }.sorted().map { ($0, .started) }
    default: candidates = []
    }
    let causes = candidates.compactMap { other, counted -> String? in
      let (old, new) = (before[other][counted], after[other][counted])
      guard !NoiseBand.single(counted, threads: threads).contains(old, new) else { return nil }
      // A cause goes the way of its effect.
      guard (new > old) == (after[key][measure] > before[key][measure]) else { return nil }
      return "\(counted.rawValue) \(old) -> \(new)"
    }
    return causes.isEmpty ? nil : "; counted: " + causes.joined(separator: ", ")
  }
}
