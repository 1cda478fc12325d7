// Allocations by call path: folded lines for flame graphs (`main;load;parse 4096`), and speedscope's JSON.

import TraceAnalysis
import TraceModel
import TraceQuery
import TraceReplay

/// What a path is weighed by.
public enum PathWeight: String, CaseIterable, Sendable {
  /// Bytes born, objects born, bytes that lived as the program's own code ended.
  case bytes, objects, survived

  fileprivate func value(_ row: AllocationCounts) -> UInt64 {
    switch self {
    case .bytes: row.bytes
    case .objects: row.births
    case .survived: row.endLiveBytes
    }
  }
}

public enum CallPathExport {
  private struct Path {
    let codes: [UInt32]
    var counts = AllocationCounts()
  }

  /// Sites with the same functions on their path are one row; sorted by path.
  private static func paths(_ report: TraceReport) -> [Path] {
    var paths: [[UInt32]: Path] = [:]
    for (id, row) in report.statistics.sites.enumerated() where row.births > 0 {
      var (codes, isCut) = report.names.site(UInt32(id)).map { CallPath.codes($0.node, report.names) } ?? ([], false)
      // Code 0 stands for what has no name: the calls beyond the limit, or no Python frame at all.
      if isCut || codes.isEmpty { codes.insert(0, at: 0) }
      paths[codes, default: Path(codes: codes)].counts.add(row)
    }
    return paths.values.sorted { $0.codes.lexicographicallyPrecedes($1.codes) }
  }

  private static func name(_ code: UInt32, isOnly: Bool, _ names: TraceNames) -> String {
    code == 0 ? (isOnly ? "(no Python frame)" : "(more calls)") : names.codeName(code)
  }

  /// A line for each path: functions separated by `;`, then the weight.
  public static func folded(
    _ session: TraceSession, by weight: PathWeight, _ part: TracePart = TracePart(), write: (borrowing [UInt8]) -> Void
  ) throws(ReplayError) -> LossLedger {
    let report = try session.report(from: part.from, until: part.to)
    // Functions of one name are one frame here: the format knows nothing but names.
    var weights: [String: UInt64] = [:]
    for path in paths(report) where weight.value(path.counts) > 0 {
      let frames = path.codes.map { code in
        // A semicolon or a line's end in a name would end the frame.
        name(code, isOnly: path.codes.count == 1, report.names).map { $0 == ";" || $0.isNewline ? "," : String($0) }
          .joined()
      }
      weights[frames.joined(separator: ";"), default: 0] &+= weight.value(path.counts)
    }
    var bytes: [UInt8] = []
    for (path, value) in weights.sorted(by: { $0.key < $1.key }) { bytes += "\(path) \(value)\n".utf8 }
    write(bytes)
    return report.totals.losses
  }

  /// A file with three profiles: bytes born, objects born, bytes that survive.
  public static func speedscope(
    _ session: TraceSession, _ part: TracePart = TracePart(), write: (borrowing [UInt8]) -> Void
  ) throws(ReplayError) -> LossLedger {
    let report = try session.report(from: part.from, until: part.to)
    let paths = paths(report)
    let names = report.names
    var frames: [JSON] = []
    var places: [UInt32: Int] = [:]
    for path in paths {
      for code in path.codes where places[code] == nil {
        places[code] = frames.count
        guard let entry = names.code(code) else {
          frames.append(.members(["name": .string(name(code, isOnly: path.codes.count == 1, names))]))
          continue
        }
        frames.append(
          .members([
            "name": .string(names.codeName(code)), "file": JSON(names.string(entry.file)),
            "line": JSON(Int(entry.firstLine)),
          ]))
      }
    }
    func profile(_ title: String, _ unit: String, _ weight: PathWeight) -> JSON {
      let shown = paths.filter { weight.value($0.counts) > 0 }
      return .members([
        "type": "sampled", "name": .string(title), "unit": .string(unit), "startValue": 0,
        "endValue": .unsigned(shown.reduce(0) { $0 &+ weight.value($1.counts) }),
        "samples": .array(shown.map { .array($0.codes.map { JSON(places[$0] ?? 0) }) }),
        "weights": .array(shown.map { .unsigned(weight.value($0.counts)) }),
      ])
    }
    let document = JSON.members([
      "$schema": "https://www.speedscope.app/file-format-schema.json", "exporter": "exuvia",
      "name": .string(session.file.path.split(separator: "/").last.map { String($0) } ?? "trace"),
      "activeProfileIndex": 0, "shared": .members(["frames": .array(frames)]),
      "profiles": .array([
        profile("allocated bytes", "bytes", .bytes), profile("allocated objects", "none", .objects),
        profile("bytes alive at the program's end", "bytes", .survived),
      ]),
    ])
    write(Array((document.line + "\n").utf8))
    return report.totals.losses
  }
}
