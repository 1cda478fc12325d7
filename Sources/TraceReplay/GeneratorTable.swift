// Generators, coroutines and asynchronous generators by slot: what code they run and whether they are suspended.

import TraceModel

public enum GeneratorPhase: UInt8, Sendable { case created, suspended, running, finished }

@frozen public struct GeneratorState: Sendable {
  public var object: UInt32
  public var code: UInt32
  public var site: UInt32
  public var line: UInt32
  public var serial: UInt64
  public var resumes: UInt64
  public var yields: UInt64
  public var kind: GeneratorKind
  public var phase: GeneratorPhase
  /// Whether it was ever resumed by something else than a close.
  public var hasRun: Bool
}

/// One row per slot that ever held a generator; a slot that is reused reuses its row.
public struct GeneratorTable: ~Copyable {
  private var indices = SlotMap()
  public private(set) var rows: [GeneratorState] = []

  init() {}

  public subscript(slot: UInt32) -> GeneratorState? { indices.find(slot).map { rows[$0] } }

  mutating func create(_ state: GeneratorState) {
    if let index = indices.find(state.object) {
      rows[index] = state
    } else {
      indices.set(state.object, rows.count)
      rows.append(state)
    }
  }

  mutating func apply(_ event: Event) {
    guard let index = indices.find(event.object) else { return }
    switch event.kind {
    case .generatorResume:
      rows[index].resumes += 1
      rows[index].phase = .running
      rows[index].hasRun = true
    case .generatorYield:
      rows[index].yields += 1
      rows[index].phase = .suspended
      rows[index].line = event.line
    case .generatorReturn, .generatorRaise, .generatorDestroy: rows[index].phase = .finished
    default: break
    }
  }

  mutating func move(_ slot: UInt32, to new: UInt32) {
    guard let index = indices.find(slot) else { return }
    rows[index].object = new
    indices.set(new, index)
  }
}
