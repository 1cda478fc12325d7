// The heap at a moment, counted by type or by site.

import TraceModel
import TraceReplay

public struct CensusRow: Sendable {
  /// Id of the type or site.
  public let id: UInt32
  public var objects: UInt64
  public var bytes: UInt64
  /// Number of the event at which the oldest of them was born.
  public var oldestBirth: UInt64
}

public enum CensusKey: String, CaseIterable, Sendable { case type, site }

public enum HeapCensus {
  /// Rows of what lives in `state`, largest first.
  public static func count(_ state: borrowing ReplayState, by key: CensusKey) -> [CensusRow] {
    var rows: [UInt32: CensusRow] = [:]
    state.objects.forEachLive { _, cell in
      let id = key == .type ? cell.type : cell.site
      rows[id, default: CensusRow(id: id, objects: 0, bytes: 0, oldestBirth: cell.birth)].objects += 1
      rows[id]?.bytes += cell.size
      if let oldest = rows[id]?.oldestBirth, cell.birth < oldest { rows[id]?.oldestBirth = cell.birth }
    }
    return rows.values.sorted { ($0.bytes, $1.id) > ($1.bytes, $0.id) }
  }
}
