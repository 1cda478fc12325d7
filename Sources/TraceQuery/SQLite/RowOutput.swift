// Where a table's row puts the value of one column: SQLite's result, behind a handle that knows the three types that tables have.

import CSQLite

/// Safe: the context is SQLite's and is used only within the call that it was passed to.
@safe struct RowOutput {
  private let context: OpaquePointer?
  init(_ context: OpaquePointer?) { unsafe self.context = context }

  func null() { unsafe sqlite3_result_null(context) }
  func integer(_ value: Int64) { unsafe sqlite3_result_int64(context, value) }
  /// SQLite has no unsigned integers: values beyond Int64 become the largest.
  func integer(_ value: UInt64) { unsafe sqlite3_result_int64(context, Int64(clamping: value)) }
  func integer(_ value: UInt32) { unsafe sqlite3_result_int64(context, Int64(value)) }
  func integer(_ value: Int) { unsafe sqlite3_result_int64(context, Int64(value)) }
  func integer(_ value: UInt64?) { if let value { integer(value) } else { null() } }

  /// A text that lives as long as the database.
  func text(_ text: KeptText) { unsafe sqlite3_result_text(context, text.bytes, text.count, nil) }
  func text(_ text: KeptText?) { if let text { self.text(text) } else { null() } }

  func string(_ text: String?) {
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
/// Safe: read only by SQLite, while the database (which owns the store) lives.
@safe struct KeptText {
  let bytes: UnsafePointer<CChar>
  let count: Int32
}

/// Texts that rows name again and again (types, functions, choices), made once each.
@safe final class TextStore {
  private var blocks = unsafe [UnsafeMutablePointer<CChar>]()

  deinit {
    for index in unsafe blocks.indices { unsafe blocks[index].deallocate() }
  }

  func keep(_ text: String) -> KeptText {
    let count = text.utf8.count
    let block = UnsafeMutablePointer<CChar>.allocate(capacity: count + 1)
    var place = 0
    for byte in text.utf8 {
      unsafe block[place] = CChar(bitPattern: byte)
      place += 1
    }
    unsafe block[count] = 0
    unsafe blocks.append(block)
    return unsafe KeptText(bytes: UnsafePointer(block), count: Int32(clamping: count))
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
