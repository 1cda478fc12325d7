// Interned names that the object model itself looks up.

/// Interned, immortal names; `Name.dunderInit` is the str `__init__`.
public enum Name {
  public static let dunderInit = internString("__init__")
  public static let dunderNew = internString("__new__")
  public static let dunderDel = internString("__del__")
  public static let dunderDict = internString("__dict__")
  public static let dunderWeakref = internString("__weakref__")
  public static let dunderClass = internString("__class__")
  public static let dunderClassCell = internString("__classcell__")
  public static let dunderClassDictCell = internString("__classdictcell__")
  public static let dunderDoc = internString("__doc__")
  public static let dunderName = internString("__name__")
  public static let dunderQualname = internString("__qualname__")
  public static let dunderModule = internString("__module__")
  public static let dunderSlots = internString("__slots__")
  public static let dunderHash = internString("__hash__")
  public static let dunderEq = internString("__eq__")
  public static let dunderGetattr = internString("__getattr__")
  public static let dunderGetattribute = internString("__getattribute__")
  public static let dunderSetName = internString("__set_name__")
  public static let dunderInitSubclass = internString("__init_subclass__")
  public static let dunderClassGetItem = internString("__class_getitem__")
  public static let dunderAbstractMethods = internString("__abstractmethods__")
  public static let dunderIsAbstractMethod = internString("__isabstractmethod__")
  public static let dunderStaticAttributes = internString("__static_attributes__")
  public static let dunderAnnotations = internString("__annotations__")
  public static let dunderTypeParams = internString("__type_params__")
  public static let dunderMroEntries = internString("__mro_entries__")
  public static let dunderInstanceCheck = internString("__instancecheck__")
  public static let dunderSubclassCheck = internString("__subclasscheck__")
  public static let dunderFirstLine = internString("__firstlineno__")
  public static let dunderWrapped = internString("__wrapped__")
  public static let dunderFile = internString("__file__")
  public static let dunderPath = internString("__path__")
  public static let dunderSpec = internString("__spec__")
  public static let dunderLoader = internString("__loader__")
  public static let dunderPackage = internString("__package__")
  public static let dunderMatchArgs = internString("__match_args__")
  public static let mro = internString("mro")
}

/// Whether a str is the one interned object of its text; false for anything but a str.
@inline(__always) public func isInterned(_ o: Object) -> Bool { o.isKind(.str) && o.strLayout.pointee.isInterned }

/// The interned str with the text of the str `o`: borrowed, and immortal.
public func internObject(_ o: Object) -> Object {
  if isInterned(o) { return o }
  guard o.isExactly(.str) else { return internString(stringValue(o)) }
  return internString(stealing: o.retained())
}
