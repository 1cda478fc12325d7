// Collects definitions from decoded records.

import TraceModel

extension Definitions {

  /// Adds one validated definition record; false when its id is so far beyond those before that a table for it would be
  /// a waste of memory.
  mutating func add(_ record: UnsafePointer<UInt64>) -> Bool {
    recordCount += 1
    guard let kind = unsafe EventKind(rawValue: UInt8(truncatingIfNeeded: record[0])) else { return false }
    let upper = unsafe UInt32(truncatingIfNeeded: record[0] >> 32)
    let type = unsafe UInt32(truncatingIfNeeded: record[0] >> 8) & 0xFF_FFFF
    let low = unsafe UInt32(truncatingIfNeeded: record[1])
    let high = unsafe UInt32(truncatingIfNeeded: record[1] >> 32)
    switch kind {
    case .defineString:
      guard Self.grow(&strings, upper, nil, after: recordCount) else { return false }
      let bytes = unsafe UnsafeRawBufferPointer(start: record + 2, count: Int(low))
      strings[Int(upper)] = unsafe String(decoding: bytes, as: UTF8.self)
    case .defineType:
      guard Self.grow(&types, type, TypeEntry(), after: recordCount) else { return false }
      let third = unsafe record[2]
      types[Int(type)].isDefined = true
      types[Int(type)].object = upper
      types[Int(type)].name = low
      types[Int(type)].module = high
      types[Int(type)].metaclass = UInt32(truncatingIfNeeded: third) & 0xFF_FFFF
      types[Int(type)].origin = UInt8(truncatingIfNeeded: third >> 24 & 3)
      types[Int(type)].basicSize = UInt32(truncatingIfNeeded: third >> 32)
    case .typeBase:
      guard Self.grow(&types, type, TypeEntry(), after: recordCount) else { return false }
      return Self.put(low & 0xFF_FFFF, at: upper, in: &types[Int(type)].bases, &listEntryCount, after: recordCount)
    case .typeMRO:
      guard Self.grow(&types, type, TypeEntry(), after: recordCount) else { return false }
      return Self.put(low & 0xFF_FFFF, at: upper, in: &types[Int(type)].mro, &listEntryCount, after: recordCount)
    case .typeAbstractName:
      guard Self.grow(&types, type, TypeEntry(), after: recordCount) else { return false }
      types[Int(type)].abstractNames.append(upper)
    case .defineCode:
      guard Self.grow(&codes, upper, CodeEntry(), after: recordCount) else { return false }
      codes[Int(upper)] = unsafe CodeEntry(
        isDefined: true, name: low, qualifiedName: high, file: UInt32(truncatingIfNeeded: record[2]),
        firstLine: UInt32(truncatingIfNeeded: record[2] >> 32), origin: UInt8(truncatingIfNeeded: record[0] >> 8 & 3))
    case .defineNode:
      guard Self.grow(&nodes, upper, NodeEntry(), after: recordCount) else { return false }
      nodes[Int(upper)] = unsafe NodeEntry(
        isDefined: true, parent: low, code: high, callLine: UInt32(truncatingIfNeeded: record[2]))
    case .defineSite:
      guard Self.grow(&sites, upper, SiteEntry(), after: recordCount) else { return false }
      sites[Int(upper)] = SiteEntry(isDefined: true, node: low, line: high)
    case .codeVariable:
      guard Self.grow(&codes, upper, CodeEntry(), after: recordCount) else { return false }
      switch VariableRole(rawValue: UInt64(type & 0xF)) {
      case .positional:
        return Self.put(low, at: high, in: &codes[Int(upper)].positional, &listEntryCount, after: recordCount)
      case .keywordOnly:
        return Self.put(low, at: high, in: &codes[Int(upper)].keywordOnly, &listEntryCount, after: recordCount)
      case .free: return Self.put(low, at: high, in: &codes[Int(upper)].free, &listEntryCount, after: recordCount)
      case nil: return true
      }
    default: return false
    }
    return true
  }

  /// Makes `table[id]` exist. Ids are given densely, so that a jump beyond all proportion is damage.
  private static func grow<T>(_ table: inout [T], _ id: UInt32, _ empty: T, after recordCount: Int) -> Bool {
    let index = Int(id)
    if index < table.count { return true }
    guard index < recordCount * 4 + Limits.definitionJumpMax else { return false }
    table.append(contentsOf: repeatElement(empty, count: index + 1 - table.count))
    return true
  }

  /// Puts an entry into a list, whose entries are given nearly densely as well. `total`: entries of all lists.
  private static func put(
    _ value: UInt32, at index: UInt32, in list: inout [UInt32], _ total: inout Int, after recordCount: Int
  ) -> Bool {
    let missing = max(0, Int(index) + 1 - list.count)
    total += missing
    guard missing <= Limits.listJumpMax, total < recordCount * 4 + Limits.definitionJumpMax else { return false }
    list.append(contentsOf: repeatElement(0, count: missing))
    list[Int(index)] = value
    return true
  }
}
