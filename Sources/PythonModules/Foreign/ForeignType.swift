// What `_ctypes` knows of a class of C data: its kind, its size, what its items or fields are.
//
// The metaclasses compute it when a class is made and keep it with the class (`TypeObject.nativeState`), so a class that dies takes it along.
import PythonRuntime

/// One field of a structure or union.
struct ForeignField {
  let name: String
  /// Borrowed from the class's `_fields_`.
  let type: TypeObject
  let offset: Int
}

final class ForeignType {
  enum Kind { case simple, array, structure, union, pointer, function }

  let kind: Kind
  /// In bytes.
  let size: Int
  let alignment: Int
  /// The letter of a simple type, 0 of others.
  let code: UInt8
  /// Of an array: how many items.
  let length: Int
  /// The class of an array's items or of what a pointer points to; nil: a pointer to an incomplete type. Borrowed from the class's `_type_`.
  let element: TypeObject?
  /// Keeps the table of array classes alive in which this may stand.
  private let elementState: ForeignType?
  let fields: [ForeignField]
  /// It has instances or parts of it have been laid out: the fields stay as they are.
  var isFinal = false
  /// The classes of arrays of this type by length; they take themselves out when they die.
  var arrays: [Int: TypeObject] = [:]

  init(
    _ kind: Kind, size: Int, alignment: Int, code: UInt8 = 0, length: Int = 0, element: TypeObject? = nil,
    fields: [ForeignField] = []
  ) {
    self.kind = kind
    self.size = size
    self.alignment = alignment
    self.code = code
    self.length = length
    self.element = element
    self.fields = fields
    elementState = element?.foreign
  }

  deinit {
    if kind == .array { elementState?.arrays[length] = nil }
  }

  /// Whether values of the type are addresses of other memory, or have some in them.
  var hasPointers: Bool {
    switch kind {
    case .simple: [0x7A, 0x5A, 0x50, 0x4F].contains(code)  // z Z P O
    case .array: elementState?.hasPointers ?? false
    case .structure, .union: fields.contains { $0.type.foreign?.hasPointers ?? false }
    case .pointer, .function: true
    }
  }
}

extension TypeObject {
  /// nil: no class of C data, or one of the abstract ones.
  var foreign: ForeignType? { nativeState as? ForeignType }

  /// A class made directly from `_SimpleCData`: its values are Python's own where they are fields, items or results.
  var isPlainSimple: Bool {
    foreign?.kind == .simple && pointer.pointee.base == ForeignTypes.simple.object
  }
}
