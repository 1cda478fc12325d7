// Where a table's row puts the value of one column: SQLite's result, behind a handle that knows the three types that tables have; or 8 bytes of memory, for
// rows that are grouped.

import CSQLite
import Glibc

/// Safe: the context is SQLite's and is used only within the call that it was passed to; so is the cell, which is whoever's that makes the handle.
@safe struct RowOutput {
  private let context: OpaquePointer?
  private let cell: UnsafeMutablePointer<Int64>?
  init(_ context: OpaquePointer?) { unsafe (self.context, cell) = (context, nil) }
  init(_ cell: UnsafeMutablePointer<Int64>) { unsafe (context, self.cell) = (nil, cell) }

  /// NULL in a cell. N.B. no column that can be grouped has this value.
  static let nullWord = Int64.min

  func null() {
    if let cell = unsafe cell { unsafe cell.pointee = Self.nullWord } else { unsafe sqlite3_result_null(context) }
  }
  func integer(_ value: Int64) {
    if let cell = unsafe cell { unsafe cell.pointee = value } else { unsafe sqlite3_result_int64(context, value) }
  }
  /// SQLite has no unsigned integers: values beyond Int64 become the largest.
  func integer(_ value: UInt64) { integer(Int64(clamping: value)) }
  func integer(_ value: UInt32) { integer(Int64(value)) }
  func integer(_ value: Int) { integer(Int64(value)) }
  func integer(_ value: UInt64?) { if let value { integer(value) } else { null() } }

  /// A text that lives as long as the database.
  func text(_ text: KeptText) {
    if let cell = unsafe cell {
      unsafe cell.pointee = text.word
    } else {
      unsafe sqlite3_result_text(context, text.bytes, text.count, nil)
    }
  }
  func text(_ text: KeptText?) { if let text { self.text(text) } else { null() } }

  /// What a cell holds.
  func word(_ word: Int64, isText: Bool) {
    if word == Self.nullWord { return null() }
    if isText { text(KeptText(word: word)) } else { integer(word) }
  }

  func string(_ text: String?) {
    if unsafe cell != nil { preconditionFailure("a column with such texts takes no part in grouping") }
    guard var text else { return null() }
    text.withUTF8 { bytes in
      unsafe bytes.withMemoryRebound(to: CChar.self) {
        unsafe sqlite3_result_text(context, $0.baseAddress ?? Self.empty, Int32($0.count), Self.copies)
      }
    }
  }

  // Safe: one byte, never written again, never freed.
  nonisolated(unsafe) private static let empty: UnsafePointer<CChar> = {
    let byte = UnsafeMutablePointer<CChar>.allocate(capacity: 1)
    unsafe byte.initialize(to: 0)
    return unsafe UnsafePointer(byte)
  }()
  /// SQLITE_TRANSIENT: SQLite makes a copy.
  static let copies = unsafe unsafeBitCast(-1, to: sqlite3_destructor_type.self)
}

/// A text in memory that stays where it is until its owner, a `TextStore`, is gone.
///
/// Safe: read only while the database (which owns the store) lives. The 8 bytes before `bytes` are the count.
@safe struct KeptText {
  let bytes: UnsafePointer<CChar>
  let count: Int32
  static let headerBytes = MemoryLayout<Int64>.stride

  fileprivate init(bytes: UnsafePointer<CChar>, count: Int32) {
    unsafe self.bytes = bytes
    self.count = count
  }

  /// The text again from its word.
  init(word: Int64) {
    guard let bytes = unsafe UnsafePointer<CChar>(bitPattern: Int(word)) else { preconditionFailure("no text's word") }
    unsafe self.bytes = bytes
    count = unsafe Int32(
      clamping: UnsafeRawPointer(bytes - Self.headerBytes).loadUnaligned(as: Int64.self))
  }

  /// The text in 8 bytes: equal for equal texts of one store.
  var word: Int64 { unsafe Int64(Int(bitPattern: bytes)) }

  /// Whether it comes first by its bytes.
  func precedes(_ other: KeptText) -> Bool {
    let order = unsafe memcmp(bytes, other.bytes, Int(min(count, other.count)))
    return order == 0 ? count < other.count : order < 0
  }
}

/// Texts that rows name again and again (types, functions, choices), made once each: of two ids with the same text the one's serves both.
@safe final class TextStore {
  private var blocks = unsafe [UnsafeMutablePointer<CChar>]()
  /// By their bytes: texts that are equal only by Unicode's rules are two.
  private var known: [[UInt8]: KeptText] = [:]

  deinit {
    for index in unsafe blocks.indices { unsafe blocks[index].deallocate() }
  }

  func keep(_ text: String) -> KeptText {
    let utf8 = Array(text.utf8)
    if let kept = known[utf8] { return kept }
    let header = KeptText.headerBytes
    let block = UnsafeMutablePointer<CChar>.allocate(capacity: header + utf8.count + 1)
    unsafe UnsafeMutableRawPointer(block).storeBytes(of: Int64(utf8.count), as: Int64.self)
    for (place, byte) in utf8.enumerated() { unsafe block[header + place] = CChar(bitPattern: byte) }
    unsafe block[header + utf8.count] = 0
    unsafe blocks.append(block)
    let kept = unsafe KeptText(bytes: UnsafePointer(block + header), count: Int32(clamping: utf8.count))
    known[utf8] = kept
    return kept
  }
}

/// Texts by id, each made at its first use.
struct TextsByID {
  private var made: [KeptText?]
  private let store: TextStore
  private let make: (UInt32) -> String?
  /// Ids beyond the table (a trace may say anything) get their text anew each time, up to this many.
  init(count: Int, store: TextStore, make: @escaping (UInt32) -> String?) {
    made = .init(repeating: nil, count: count)
    self.store = store
    self.make = make
  }

  mutating func text(_ id: UInt32) -> KeptText? {
    let index = Int(id)
    guard index < made.count else { return nil }
    if let text = made[index] { return text }
    guard let text = make(id) else { return nil }
    made[index] = store.keep(text)
    return made[index]
  }
}
