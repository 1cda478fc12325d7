// Every living object of a moment as lines of JSON, for programs: what `exuvia heap --objects` writes.
//
//     {"object":"o12","slot":4711,"type":"dict","bytes":208,"refcount":1,"fields":[["['a']",4712]]}
//
// `refcount` is null below level refs, `fields` below level links: there they are unknown. A field without a name is "".

import TraceAnalysis
import TraceModel
import TraceReplay

enum ObjectList {
  /// Bytes of text that are written at once.
  private static let pieceBytes = 1 << 20

  static func write(_ state: borrowing ReplayState, _ names: TraceNames, hasCounts: Bool, hasLinks: Bool) {
    var text = ""
    state.objects.forEachLive { slot, cell in
      var fields: [JSON] = []
      state.links.forEachLink(from: cell.firstLink) { link in
        let name = link.isAnonymous ? "" : names.fieldText(link.field)
        fields.append(.array([.string(name), .unsigned(UInt64(link.target))]))
      }
      text +=
        JSON.members([
          "object": .string("o\(cell.serial)"), "slot": .unsigned(UInt64(slot)),
          "type": .string(names.typeName(cell.type)),
          "bytes": .unsigned(cell.size), "refcount": hasCounts ? JSON(Int(cell.refcount)) : .null,
          "fields": hasLinks ? .array(fields.reversed()) : .null,
        ]).line + "\n"
      if text.utf8.count >= pieceBytes {
        AnalysisOutput.write(text)
        text = ""
      }
    }
    AnalysisOutput.write(text)
  }
}
