// Draws a timeline in characters: curves in eighths of a block, shares of a column in shades.

import TraceAnalysis
import TraceReplay

struct TimelineDrawing {
  let width: Int
  let hasColours: Bool
  let names: TraceNames

  private static let labelWidth = 16
  private static let noteWidth = 22
  /// Columns of time that fit between the labels and the notes.
  var columns: Int { max(10, width - Self.labelWidth - Self.noteWidth) }

  private static let curve: [Character] = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]
  private static let shades: [Character] = [" ", "░", "▒", "▓", "█"]

  private enum Colour: String {
    case hold = "\u{1B}[32m"
    case wait = "\u{1B}[31m"
    case block = "\u{1B}[34m"
    case pass = "\u{1B}[33m"
    case curve = "\u{1B}[36m"
    static let none = "\u{1B}[0m"
  }

  func text(_ timeline: Timeline, _ totals: Totals) -> String {
    let certainty = AnalysisOutput.certainty(totals.isComplete)
    var text =
      "\(Numbers.duration(totals.time)), \(Numbers.grouped(totals.events)) events (\(certainty)); "
      + "a column is \(Numbers.duration(timeline.columnNanoseconds))\n"
    text += row("", axis(timeline), "")
    text += row(
      "objects", curve(timeline.columns.map(\.live), .curve), "peak \(Numbers.grouped(timeline.peakLive))")
    text += row(
      "bytes", curve(timeline.columns.map(\.liveBytes), .curve), "peak \(Numbers.bytes(timeline.peakBytes))")
    text += row("events", curve(timeline.columns.map(\.events), .curve), "")
    for (id, track) in timeline.threads.enumerated() {
      guard let track else { continue }
      text += row(
        label(id, totals), threadTrack(track, timeline),
        "GIL \(Numbers.percentage(track.holdSum, of: totals.time))"
          + (track.waitSum > 0 ? ", w \(Numbers.duration(track.waitSum))" : ""))
    }
    for generation in 0..<3 {
      let passes = timeline.columns.reduce(0) { $0 + $1.passes[generation] }
      guard passes > 0 else { continue }
      let pause = timeline.columns.reduce(0) { $0 &+ $1.pauseNanoseconds[generation] }
      text += row(
        "generation \(generation)", passTrack(timeline, generation),
        "\(Numbers.grouped(passes)), \(Numbers.duration(pause))")
    }
    return text + "threads: ░▒▓█ share of the column with the GIL, w waits for it or a lock, b in a blocking call\n"
      + "generations: number of passes in the column, + from 10\n"
  }

  private func label(_ id: Int, _ totals: Totals) -> String {
    let name = id < totals.threads.count ? names.string(totals.threads[id].name) ?? "" : ""
    return name.isEmpty ? "thread \(id)" : "\(id) \(name)"
  }

  private func row(_ label: String, _ cells: String, _ note: String) -> String {
    let cut = String(label.prefix(Self.labelWidth - 1))
    let fill = String(repeating: " ", count: Self.labelWidth - cut.count)
    var line = "\(cut)\(fill)\(cells)  \(note)"
    while line.last == " " { line.removeLast() }
    return line + "\n"
  }

  private func coloured(_ character: Character, _ colour: Colour) -> String {
    hasColours && character != " " ? "\(colour.rawValue)\(character)\(Colour.none)" : String(character)
  }

  /// Times under which columns begin, as many as fit.
  private func axis(_ timeline: Timeline) -> String {
    var text = ""
    let step = 16
    var column = 0
    while column + step / 2 <= timeline.columns.count {
      let mark = "|" + Numbers.duration(timeline.begin + UInt64(column) * timeline.columnNanoseconds)
      text += mark + String(repeating: " ", count: max(0, step - mark.count))
      column += step
    }
    let shown = String(text.prefix(timeline.columns.count))
    return shown + String(repeating: " ", count: timeline.columns.count - shown.count)
  }

  private func curve(_ values: [UInt64], _ colour: Colour) -> String {
    let highest = values.max() ?? 0
    return values.map { value in
      guard highest > 0, value > 0 else { return coloured(" ", colour) }
      let level = 1 + Int((Double(value) / Double(highest) * 7).rounded())
      return coloured(Self.curve[min(8, level)], colour)
    }.joined()
  }

  private func threadTrack(_ track: ThreadTrack, _ timeline: Timeline) -> String {
    let width = timeline.columnNanoseconds
    return timeline.columns.indices.map { column in
      let hold = track.holds[column]
      let wait = track.waits[column]
      let block = track.blocks[column]
      if hold < width / 8 && wait >= width / 4 { return coloured("w", .wait) }
      if hold < width / 8 && block >= width / 4 { return coloured("b", .block) }
      guard hold > 0 else { return " " }
      let shade = 1 + Int((min(1, Double(hold) / Double(width)) * 3).rounded(.down))
      return coloured(Self.shades[min(4, shade)], .hold)
    }.joined()
  }

  private func passTrack(_ timeline: Timeline, _ generation: Int) -> String {
    timeline.columns.map { column in
      let count = column.passes[generation]
      let character: Character =
        count == 0 ? (column.pauseNanoseconds[generation] > 0 ? "-" : " ") : count > 9 ? "+" : Character("\(count)")
      return coloured(character, .pass)
    }.joined()
  }
}
