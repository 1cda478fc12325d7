// Rows of a scan given out group by group, for GROUP BY and DISTINCT over columns that have few values: SQLite would sort all of them, which takes
// three times as long as making them. A row is kept as the values that the statement reads beside its group's.
//
// 1. The scan is gone through. Each row's key leads to its group (`GroupTable`), whose other values go to the end of the group's chain of blocks.
// 2. The groups are sorted by their keys, and their chains are read from the begin.
//
// The blocks stand in a mapping of a nameless file, whose pages leave memory when there are too many (SpillMapping): groups are appended to all over it
// but read in order. Where nothing is read beside the key, rows are only counted.
//
// A value is 8 bytes: a number, or the address of a text that stays (KeptText); `RowOutput.nullWord` is NULL.

import TraceReplay

/// How a column takes part in grouping.
enum ColumnGrouping: Sendable {
  /// Its values cannot be kept (texts made anew for each row).
  case none
  /// Its values can be kept beside a group's.
  case kept
  /// It has few values, so that rows can be given out by them.
  case key
}

/// Safe: blocks lie within `words`, which has `wordCount` elements: `room` checks it. A block is: the next one's place (0 is none), how many values it
/// has room for, the values.
@safe final class GroupedRows: RowSource {
  private let inner: RowSource
  private let context: QueryContext
  private let columns: [TableColumn]
  /// Columns of the key, and those that are kept beside it; by column the place in either, or -1.
  private let keys: [Int]
  private let rest: [Int]
  private let areDescending: [Bool]
  private var keyPlaces: [Int]
  private var restPlaces: [Int]
  private var table: GroupTable
  private var mapping: SpillMapping?
  private var words: UnsafeMutablePointer<Int64>?
  private let wordCount: Int
  /// Words in use; 0 is no block's place.
  private var end = 1
  // Step 2.
  private var order: [Int]?
  private var place = -1
  /// Rows of the group at hand that are left, this one included.
  private var rowsLeft: UInt64 = 0
  private var rowsRead: UInt64 = 0
  private var block = 0
  private var offset = 0

  private static let headerWords = 2
  /// Blocks grow by doubling: what lies apart in memory is that large at last.
  private static let blockWordsMax = 512
  /// Rows between two looks at memory, less one: each row that is kept may take another page in; those that are read stand side by side.
  private static let keptBetweenLooks: UInt64 = 0x3FF
  private static let readBetweenLooks: UInt64 = 0xFFF

  init(_ inner: RowSource, _ columns: [TableColumn], _ scan: Scan, _ context: QueryContext) {
    self.inner = inner
    self.context = context
    self.columns = columns
    let keys = scan.groups.map(\.column)
    self.keys = keys
    areDescending = scan.groups.map(\.isDescending)
    rest = columns.indices.filter { scan.uses($0) && !keys.contains($0) }
    keyPlaces = columns.map { _ in -1 }
    restPlaces = keyPlaces
    for (place, column) in keys.enumerated() { keyPlaces[column] = place }
    for (place, column) in rest.enumerated() { restPlaces[column] = place }
    table = GroupTable(keyCount: keys.count)
    // Every row has an event of its own. Twice for blocks that are half full, and their headers.
    let most = Int(clamping: min(context.promisedEvents(), UInt64(UInt32.max)))
    wordCount = 1 + (most + 1) * 2 * (rest.count + Self.headerWords)
    super.init()
  }

  deinit { mapping?.unmap() }

  override func advance() throws(QueryError) -> Bool {
    rowsRead += 1
    if rowsRead & Self.readBetweenLooks == 0 { context.memory.relieve() }
    if order == nil {
      try gather()
      order = table.sorted(areTexts: keys.map { columns[$0].type == .text }, areDescending: areDescending)
    }
    guard let order else { return false }
    if rowsLeft > 1 {
      rowsLeft -= 1
      nextRow()
      return true
    }
    place += 1
    guard place < order.count else { return false }
    let group = table[order[place]]
    (rowsLeft, block, offset) = (group.rows, group.first, 0)
    return true
  }

  private func nextRow() {
    guard let words = unsafe words, block != 0 else { return }
    offset += rest.count
    guard unsafe offset >= Int(words[block + 1]) else { return }
    (block, offset) = unsafe (Int(words[block]), 0)
  }

  override func put(_ column: Int, _ out: RowOutput) {
    guard let order, place < order.count else { return out.null() }
    var word = RowOutput.nullWord
    if keyPlaces[column] >= 0 {
      word = table.key(order[place], keyPlaces[column])
    } else if restPlaces[column] >= 0, let words = unsafe words {
      word = unsafe words[block + Self.headerWords + offset + restPlaces[column]]
    }
    out.word(word, isText: columns[column].type == .text)
  }

  /// Step 1.
  private func gather() throws(QueryError) {
    var rows: UInt64 = 0
    while try inner.advance() {
      for (place, column) in keys.enumerated() { inner.put(column, table.wanted(place)) }
      let group = table.find()
      if !rest.isEmpty {
        let values = unsafe try room(group)
        for (place, column) in rest.enumerated() { unsafe inner.put(column, RowOutput(values + place)) }
      }
      table.addRow(group)
      rows += 1
      if rows & Self.keptBetweenLooks == 0 {
        context.memory.relieve()
        if context.isTimeUp { throw QueryContext.timeIsUp(context.limits) }
        guard table.bytes <= context.tableBytes else {
          throw .limit("the query has more groups than --memory allows for; allow more, or group by fewer columns")
        }
      }
    }
  }

  /// Where the next row of a group goes.
  private func room(_ group: Int) throws(QueryError) -> UnsafeMutablePointer<Int64> {
    let words = unsafe try base()
    var entry = table[group]
    if unsafe entry.last == 0 || entry.used + rest.count > Int(words[entry.last + 1]) {
      // A whole number of rows, so that a chain is read row by row.
      let most = max(rest.count, Self.blockWordsMax / rest.count * rest.count)
      let count = unsafe entry.last == 0 ? rest.count : min(most, Int(words[entry.last + 1]) * 2)
      guard end + Self.headerWords + count <= wordCount else {
        throw .limit("the trace has more rows than its chunks' headers say; see `exuvia verify`")
      }
      unsafe words[end] = 0
      unsafe words[end + 1] = Int64(count)
      if entry.last == 0 { entry.first = end } else { unsafe words[entry.last] = Int64(end) }
      (entry.last, entry.used) = (end, 0)
      end += Self.headerWords + count
    }
    let values = unsafe words + entry.last + Self.headerWords + entry.used
    entry.used += rest.count
    table[group] = entry
    return unsafe values
  }

  private func base() throws(QueryError) -> UnsafeMutablePointer<Int64> {
    if let words = unsafe words { return unsafe words }
    guard let made = SpillMapping(bytes: wordCount * MemoryLayout<Int64>.stride, limit: context.memory) else {
      throw .limit("no room for a temporary file of what is grouped; free some, or name another folder in TMPDIR")
    }
    mapping = made
    let words = unsafe made.base.bindMemory(to: Int64.self, capacity: wordCount)
    unsafe self.words = words
    return unsafe words
  }
}
