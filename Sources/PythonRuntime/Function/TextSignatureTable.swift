// The text signatures of native functions, methods and types. Made by tools/make-signature-table from CPython 3.13; do not edit.
//
//     signature TAB names        a name is `module.function`, `type.method`, `*.slot wrapper` or `class type`; names are separated by commas

extension TextSignature {
  static let table = #"""
    ($self, /)	*.__abs__,*.__aiter__,*.__anext__,*.__await__,*.__bool__,*.__del__,*.__float__,*.__hash__,*.__index__,*.__int__,*.__invert__,*.__iter__
    ($self, /)	*.__len__,*.__neg__,*.__next__,*.__pos__,*.__repr__,*.__str__,AST.__reduce__,AttributeError.__getstate__,AttributeError.__reduce__
    ($self, /)	BaseException.__reduce__,Context.copy,Context.items,Context.keys,Context.values,Future._make_cancelled_error,Future.cancelled
    ($self, /)	Future.done,Future.exception,Future.get_loop,Future.result,GenericAlias.__dir__,GenericAlias.__reduce__,ImportError.__reduce__
    ($self, /)	NotImplementedType.__reduce__,OSError.__reduce__,OrderedDict.__reduce__,OrderedDict.__reversed__,OrderedDict.__sizeof__
    ($self, /)	OrderedDict.clear,OrderedDict.copy,OrderedDict.items,OrderedDict.keys,OrderedDict.values,ParamSpec.__reduce__,ParamSpec.has_default
    ($self, /)	Random.getstate,Random.random,SHA224Type.copy,SHA224Type.digest,SHA224Type.hexdigest,SHA256Type.copy,SHA256Type.digest
    ($self, /)	SHA256Type.hexdigest,SHA384Type.copy,SHA384Type.digest,SHA384Type.hexdigest,SHA512Type.copy,SHA512Type.digest,SHA512Type.hexdigest
    ($self, /)	SimpleNamespace.__reduce__,Struct.__sizeof__,Task._make_cancelled_error,Task.cancelled,Task.cancelling,Task.done,Task.exception
    ($self, /)	Task.get_context,Task.get_coro,Task.get_name,Task.result,Task.uncancel,TypeAliasType.__reduce__,TypeVar.__reduce__,TypeVar.has_default
    ($self, /)	TypeVarTuple.__reduce__,TypeVarTuple.has_default,_deque_iterator.__length_hint__,_deque_iterator.__reduce__
    ($self, /)	_deque_reverse_iterator.__length_hint__,_deque_reverse_iterator.__reduce__,_grouper.__reduce__,_lru_cache_wrapper.__reduce__
    ($self, /)	_lru_cache_wrapper.cache_clear,_lru_cache_wrapper.cache_info,_socket.getdefaulttimeout,_socket.gethostname,_socket.if_nameindex
    ($self, /)	_tee.__copy__,_tee.__reduce__,_tee_dataobject.__reduce__,_tuplegetter.__reduce__,accumulate.__reduce__,array.__copy__,array.__sizeof__
    ($self, /)	array.buffer_info,array.byteswap,array.clear,array.reverse,array.tobytes,array.tolist,array.tounicode,async_generator.__sizeof__
    ($self, /)	async_generator.aclose,attrgetter.__reduce__,blake2b.copy,blake2b.digest,blake2b.hexdigest,blake2s.copy,blake2s.digest
    ($self, /)	blake2s.hexdigest,builtin_function_or_method.__reduce__,bytearray.__alloc__,bytearray.__reduce__,bytearray.__sizeof__
    ($self, /)	bytearray.capitalize,bytearray.clear,bytearray.copy,bytearray.isalnum,bytearray.isalpha,bytearray.isascii,bytearray.isdigit
    ($self, /)	bytearray.islower,bytearray.isspace,bytearray.istitle,bytearray.isupper,bytearray.lower,bytearray.reverse,bytearray.swapcase
    ($self, /)	bytearray.title,bytearray.upper,bytearray_iterator.__length_hint__,bytearray_iterator.__reduce__,bytes.__bytes__,bytes.__getnewargs__
    ($self, /)	bytes.capitalize,bytes.isalnum,bytes.isalpha,bytes.isascii,bytes.isdigit,bytes.islower,bytes.isspace,bytes.istitle,bytes.isupper
    ($self, /)	bytes.lower,bytes.swapcase,bytes.title,bytes.upper,bytes_iterator.__length_hint__,bytes_iterator.__reduce__,chain.__reduce__
    ($self, /)	code.__sizeof__,code.co_lines,code.co_positions,combinations.__reduce__,combinations.__sizeof__
    ($self, /)	combinations_with_replacement.__reduce__,combinations_with_replacement.__sizeof__,complex.__complex__,complex.__getnewargs__
    ($self, /)	complex.conjugate,compress.__reduce__,coroutine.__sizeof__,coroutine.close,count.__reduce__,cycle.__reduce__,defaultdict.__copy__
    ($self, /)	defaultdict.__reduce__,defaultdict.copy,deque.__copy__,deque.__reduce__,deque.__reversed__,deque.__sizeof__,deque.clear,deque.copy
    ($self, /)	deque.pop,deque.popleft,deque.reverse,dict.__reversed__,dict.__sizeof__,dict.clear,dict.copy,dict.items,dict.keys,dict.popitem
    ($self, /)	dict.values,dict_itemiterator.__length_hint__,dict_itemiterator.__reduce__,dict_items.__reversed__,dict_keyiterator.__length_hint__
    ($self, /)	dict_keyiterator.__reduce__,dict_keys.__reversed__,dict_reverseitemiterator.__length_hint__,dict_reverseitemiterator.__reduce__
    ($self, /)	dict_reversekeyiterator.__length_hint__,dict_reversekeyiterator.__reduce__,dict_reversevalueiterator.__length_hint__
    ($self, /)	dict_reversevalueiterator.__reduce__,dict_valueiterator.__length_hint__,dict_valueiterator.__reduce__,dict_values.__reversed__
    ($self, /)	dropwhile.__reduce__,ellipsis.__reduce__,enumerate.__reduce__,epoll.__enter__,epoll.close,epoll.fileno,filter.__reduce__
    ($self, /)	filterfalse.__reduce__,float.__ceil__,float.__floor__,float.__getnewargs__,float.__trunc__,float.as_integer_ratio,float.conjugate
    ($self, /)	float.hex,float.is_integer,frame.__sizeof__,frame.clear,frozenset.__reduce__,frozenset.__sizeof__,frozenset.copy,generator.__sizeof__
    ($self, /)	generator.close,groupby.__reduce__,int.__ceil__,int.__floor__,int.__getnewargs__,int.__sizeof__,int.__trunc__,int.as_integer_ratio
    ($self, /)	int.bit_count,int.bit_length,int.conjugate,int.is_integer,islice.__reduce__,itemgetter.__reduce__,list.__reversed__,list.__sizeof__
    ($self, /)	list.clear,list.copy,list.reverse,list_iterator.__length_hint__,list_iterator.__reduce__,list_reverseiterator.__length_hint__
    ($self, /)	list_reverseiterator.__reduce__,map.__reduce__,mappingproxy.__reversed__,mappingproxy.copy,mappingproxy.items,mappingproxy.keys
    ($self, /)	mappingproxy.values,md5.copy,md5.digest,md5.hexdigest,member_descriptor.__reduce__,memoryview.__enter__,memoryview.release
    ($self, /)	memoryview.tolist,memoryview.toreadonly,method-wrapper.__reduce__,method.__reduce__,method_descriptor.__reduce__
    ($self, /)	methodcaller.__reduce__,module.__dir__,object.__dir__,object.__getstate__,object.__reduce__,object.__sizeof__,partial.__reduce__
    ($self, /)	permutations.__reduce__,permutations.__sizeof__,product.__reduce__,product.__sizeof__,range.__reduce__,range.__reversed__
    ($self, /)	range_iterator.__length_hint__,range_iterator.__reduce__,repeat.__length_hint__,repeat.__reduce__,reversed.__length_hint__
    ($self, /)	reversed.__reduce__,set.__reduce__,set.__sizeof__,set.clear,set.copy,set.pop,set_iterator.__length_hint__,set_iterator.__reduce__
    ($self, /)	sha1.copy,sha1.digest,sha1.hexdigest,sha3_224.copy,sha3_224.digest,sha3_224.hexdigest,sha3_256.copy,sha3_256.digest,sha3_256.hexdigest
    ($self, /)	sha3_384.copy,sha3_384.digest,sha3_384.hexdigest,sha3_512.copy,sha3_512.digest,sha3_512.hexdigest,shake_128.copy,shake_256.copy
    ($self, /)	slice.__reduce__,socket._accept,socket.close,socket.detach,socket.fileno,socket.getblocking,socket.getpeername,socket.getsockname
    ($self, /)	socket.gettimeout,starmap.__reduce__,str.__getnewargs__,str.__sizeof__,str.capitalize,str.casefold,str.isalnum,str.isalpha,str.isascii
    ($self, /)	str.isdecimal,str.isdigit,str.isidentifier,str.islower,str.isnumeric,str.isprintable,str.isspace,str.istitle,str.isupper,str.lower
    ($self, /)	str.swapcase,str.title,str.upper,str_ascii_iterator.__length_hint__,str_ascii_iterator.__reduce__,struct_group.__reduce__
    ($self, /)	struct_passwd.__reduce__,struct_rusage.__reduce__,takewhile.__reduce__,traceback.__dir__,tuple.__getnewargs__
    ($self, /)	tuple_iterator.__length_hint__,tuple_iterator.__reduce__,type.__dir__,type.__sizeof__,type.__subclasses__,type.mro
    ($self, /)	wrapper_descriptor.__reduce__,zip.__reduce__,zip_longest.__reduce__
    ($type, *args, **kwargs)	AST.__new__,ArithmeticError.__new__,AssertionError.__new__,BaseException.__new__,BaseExceptionGroup.__new__
    ($type, *args, **kwargs)	BufferError.__new__,BytesWarning.__new__,Context.__new__,ContextVar.__new__,DeprecationWarning.__new__,Dialect.__new__
    ($type, *args, **kwargs)	EOFError.__new__,Encoder.__new__,EncodingWarning.__new__,Exception.__new__,FloatingPointError.__new__,Future.__new__
    ($type, *args, **kwargs)	FutureWarning.__new__,GeneratorExit.__new__,GenericAlias.__new__,ImportWarning.__new__,IndexError.__new__
    ($type, *args, **kwargs)	KeyboardInterrupt.__new__,LookupError.__new__,MemoryError.__new__,NoneType.__new__,NotImplementedError.__new__
    ($type, *args, **kwargs)	NotImplementedType.__new__,OSError.__new__,OverflowError.__new__,ParamSpec.__new__,ParamSpecArgs.__new__
    ($type, *args, **kwargs)	ParamSpecKwargs.__new__,PendingDeprecationWarning.__new__,PythonFinalizationError.__new__,Random.__new__
    ($type, *args, **kwargs)	RecursionError.__new__,ReferenceError.__new__,ResourceWarning.__new__,RuntimeError.__new__,RuntimeWarning.__new__
    ($type, *args, **kwargs)	Scanner.__new__,SimpleNamespace.__new__,StopAsyncIteration.__new__,Struct.__new__,SyntaxWarning.__new__
    ($type, *args, **kwargs)	SystemError.__new__,Task.__new__,Token.__new__,TokenizerIter.__new__,TypeAliasType.__new__,TypeError.__new__
    ($type, *args, **kwargs)	TypeVar.__new__,TypeVarTuple.__new__,UnicodeDecodeError.__new__,UnicodeEncodeError.__new__,UnicodeError.__new__
    ($type, *args, **kwargs)	UnicodeTranslateError.__new__,UnicodeWarning.__new__,UserWarning.__new__,ValueError.__new__,Warning.__new__
    ($type, *args, **kwargs)	ZeroDivisionError.__new__,_ZlibDecompressor.__new__,_deque_iterator.__new__,_deque_reverse_iterator.__new__
    ($type, *args, **kwargs)	_grouper.__new__,_lru_cache_wrapper.__new__,_tee.__new__,_tee_dataobject.__new__,_tuplegetter.__new__,accumulate.__new__
    ($type, *args, **kwargs)	array.__new__,attrgetter.__new__,batched.__new__,blake2b.__new__,blake2s.__new__,bool.__new__,bytearray.__new__
    ($type, *args, **kwargs)	bytes.__new__,cell.__new__,chain.__new__,classmethod.__new__,code.__new__,combinations.__new__
    ($type, *args, **kwargs)	combinations_with_replacement.__new__,complex.__new__,compress.__new__,count.__new__,cycle.__new__,deque.__new__
    ($type, *args, **kwargs)	dict.__new__,dropwhile.__new__,ellipsis.__new__,enumerate.__new__,epoll.__new__,filter.__new__,filterfalse.__new__
    ($type, *args, **kwargs)	float.__new__,frozenset.__new__,function.__new__,groupby.__new__,int.__new__,islice.__new__,itemgetter.__new__
    ($type, *args, **kwargs)	list.__new__,map.__new__,mappingproxy.__new__,memoryview.__new__,method.__new__,methodcaller.__new__,module.__new__
    ($type, *args, **kwargs)	object.__new__,pairwise.__new__,partial.__new__,permutations.__new__,product.__new__,property.__new__,range.__new__
    ($type, *args, **kwargs)	repeat.__new__,reversed.__new__,set.__new__,sha3_224.__new__,sha3_256.__new__,sha3_384.__new__,sha3_512.__new__
    ($type, *args, **kwargs)	shake_128.__new__,shake_256.__new__,slice.__new__,socket.__new__,starmap.__new__,staticmethod.__new__,str.__new__
    ($type, *args, **kwargs)	struct_group.__new__,struct_passwd.__new__,struct_rusage.__new__,super.__new__,takewhile.__new__,traceback.__new__
    ($type, *args, **kwargs)	tuple.__new__,type.__new__,zip.__new__,zip_longest.__new__
    ($self, object, /)	BaseException.__setstate__,BaseException.add_note,BaseException.with_traceback,BaseExceptionGroup.derive
    ($self, object, /)	BaseExceptionGroup.split,BaseExceptionGroup.subgroup,GenericAlias.__instancecheck__,GenericAlias.__mro_entries__
    ($self, object, /)	GenericAlias.__subclasscheck__,ParamSpec.__mro_entries__,ParamSpecArgs.__mro_entries__,ParamSpecKwargs.__mro_entries__
    ($self, object, /)	TypeVar.__mro_entries__,TypeVarTuple.__mro_entries__,_json.encode_basestring,_json.encode_basestring_ascii,_socket.close
    ($self, object, /)	_socket.dup,_socket.htonl,_socket.if_indextoname,_socket.ntohl,_socket.setdefaulttimeout,_string.formatter_field_name_split
    ($self, object, /)	_string.formatter_parser,_tee.__setstate__,accumulate.__setstate__,async_generator.asend,bytearray_iterator.__setstate__
    ($self, object, /)	bytes_iterator.__setstate__,chain.__setstate__,combinations.__setstate__,combinations_with_replacement.__setstate__
    ($self, object, /)	coroutine.send,cycle.__setstate__,defaultdict.__missing__,dict_items.isdisjoint,dict_keys.isdisjoint,dropwhile.__setstate__
    ($self, object, /)	frozenset.__contains__,generator.send,groupby.__setstate__,islice.__setstate__,list.append,list_iterator.__setstate__
    ($self, object, /)	list_reverseiterator.__setstate__,partial.__setstate__,permutations.__setstate__,product.__setstate__,property.deleter
    ($self, object, /)	property.getter,property.setter,range.count,range.index,range_iterator.__setstate__,reversed.__setstate__,set.__contains__
    ($self, object, /)	set.add,set.discard,set.remove,slice.indices,socket.bind,socket.connect,socket.connect_ex,socket.setblocking,socket.settimeout
    ($self, object, /)	socket.shutdown,str_ascii_iterator.__setstate__,takewhile.__setstate__,tuple_iterator.__setstate__,writer.writerow
    ($self, object, /)	writer.writerows,zip.__setstate__,zip_longest.__setstate__
    ($self, value, /)	*.__add__,*.__and__,*.__divmod__,*.__eq__,*.__floordiv__,*.__ge__,*.__gt__,*.__iadd__,*.__iand__,*.__imul__,*.__ior__,*.__isub__
    ($self, value, /)	*.__ixor__,*.__le__,*.__lshift__,*.__lt__,*.__mod__,*.__mul__,*.__ne__,*.__or__,*.__radd__,*.__rand__,*.__rdivmod__
    ($self, value, /)	*.__rfloordiv__,*.__rlshift__,*.__rmod__,*.__rmul__,*.__ror__,*.__rrshift__,*.__rshift__,*.__rsub__,*.__rtruediv__,*.__rxor__
    ($self, value, /)	*.__sub__,*.__truediv__,*.__xor__,ContextVar.set,Task.set_name,array.__reduce_ex__,bytearray.remove,deque.count,deque.remove
    ($self, value, /)	list.count,list.remove,tuple.count
    ($module, a, b, /)	_operator._compare_digest,_operator.add,_operator.and_,_operator.concat,_operator.contains,_operator.countOf,_operator.delitem
    ($module, a, b, /)	_operator.eq,_operator.floordiv,_operator.ge,_operator.getitem,_operator.gt,_operator.iadd,_operator.iand,_operator.iconcat
    ($module, a, b, /)	_operator.ifloordiv,_operator.ilshift,_operator.imatmul,_operator.imod,_operator.imul,_operator.indexOf,_operator.ior
    ($module, a, b, /)	_operator.ipow,_operator.irshift,_operator.is_,_operator.is_not,_operator.isub,_operator.itruediv,_operator.ixor,_operator.le
    ($module, a, b, /)	_operator.lshift,_operator.lt,_operator.matmul,_operator.mod,_operator.mul,_operator.ne,_operator.or_,_operator.pow
    ($module, a, b, /)	_operator.rshift,_operator.sub,_operator.truediv,_operator.xor
    ($module, x, /)	_typing._idfunc,builtins.abs,math.acos,math.acosh,math.asin,math.asinh,math.atan,math.atanh,math.cbrt,math.ceil,math.cos,math.cosh
    ($module, x, /)	math.degrees,math.erf,math.erfc,math.exp,math.exp2,math.expm1,math.fabs,math.floor,math.frexp,math.gamma,math.isfinite,math.isinf
    ($module, x, /)	math.isnan,math.lgamma,math.log10,math.log1p,math.log2,math.modf,math.radians,math.sin,math.sinh,math.sqrt,math.tan,math.tanh
    ($module, x, /)	math.trunc,math.ulp
    ($module, /)	_abc.get_cache_token,_asyncio._get_running_loop,_asyncio.get_event_loop,_asyncio.get_running_loop,_contextvars.copy_context
    ($module, /)	_csv.list_dialects,_imp._frozen_module_names,_imp.acquire_lock,_imp.extension_suffixes,_imp.lock_held,_imp.release_lock
    ($module, /)	_opcode.get_intrinsic1_descs,_opcode.get_intrinsic2_descs,_opcode.get_nb_ops,_opcode.get_specialization_stats,_sre.getcodesize
    ($module, /)	_struct._clearcache,_warnings._filters_mutated,builtins.globals,builtins.locals,faulthandler._fatal_error_c_thread
    ($module, /)	faulthandler._read_null,faulthandler._sigabrt,faulthandler._sigfpe,faulthandler._stack_overflow
    ($module, /)	faulthandler.cancel_dump_traceback_later,faulthandler.disable,faulthandler.is_enabled,grp.getgrall,pwd.getpwall,resource.getpagesize
    ($module, /)	select.poll
    ($type, object, /)	BaseExceptionGroup.__class_getitem__,ContextVar.__class_getitem__,Future.__class_getitem__,Task.__class_getitem__
    ($type, object, /)	Token.__class_getitem__,array.__class_getitem__,async_generator.__class_getitem__,chain.__class_getitem__
    ($type, object, /)	coroutine.__class_getitem__,defaultdict.__class_getitem__,deque.__class_getitem__,dict.__class_getitem__
    ($type, object, /)	enumerate.__class_getitem__,frozenset.__class_getitem__,generator.__class_getitem__,list.__class_getitem__
    ($type, object, /)	mappingproxy.__class_getitem__,object.__subclasshook__,partial.__class_getitem__,set.__class_getitem__,tuple.__class_getitem__
    ($module, z, /)	cmath.acos,cmath.acosh,cmath.asin,cmath.asinh,cmath.atan,cmath.atanh,cmath.cos,cmath.cosh,cmath.exp,cmath.isfinite,cmath.isinf
    ($module, z, /)	cmath.isnan,cmath.log10,cmath.phase,cmath.polar,cmath.sin,cmath.sinh,cmath.sqrt,cmath.tan,cmath.tanh
    ($self, sub[, start[, end]], /)	bytearray.count,bytearray.find,bytearray.index,bytearray.rfind,bytearray.rindex,bytes.count,bytes.find,bytes.index
    ($self, sub[, start[, end]], /)	bytes.rfind,bytes.rindex,str.count,str.find,str.index,str.rfind,str.rindex
    ($self, chr, /)	UCD.bidirectional,UCD.category,UCD.combining,UCD.decomposition,UCD.east_asian_width,UCD.mirrored,unicodedata.bidirectional
    ($self, chr, /)	unicodedata.category,unicodedata.combining,unicodedata.decomposition,unicodedata.east_asian_width,unicodedata.mirrored
    ($module, str, errors=None, /)	_codecs.ascii_encode,_codecs.latin_1_encode,_codecs.raw_unicode_escape_encode,_codecs.unicode_escape_encode
    ($module, str, errors=None, /)	_codecs.utf_16_be_encode,_codecs.utf_16_le_encode,_codecs.utf_32_be_encode,_codecs.utf_32_le_encode
    ($module, str, errors=None, /)	_codecs.utf_7_encode,_codecs.utf_8_encode
    ($self, /, *others)	frozenset.difference,frozenset.intersection,frozenset.union,set.difference,set.difference_update,set.intersection
    ($self, /, *others)	set.intersection_update,set.union,set.update
    ($self, other, /)	frozenset.isdisjoint,frozenset.issubset,frozenset.issuperset,frozenset.symmetric_difference,set.isdisjoint,set.issubset
    ($self, other, /)	set.issuperset,set.symmetric_difference,set.symmetric_difference_update
    ($module, /, opcode)	_opcode.has_arg,_opcode.has_const,_opcode.has_exc,_opcode.has_free,_opcode.has_jump,_opcode.has_local,_opcode.has_name
    ($module, /, opcode)	_opcode.is_valid
    ($module, a, /)	_operator.abs,_operator.index,_operator.inv,_operator.invert,_operator.neg,_operator.not_,_operator.pos,_operator.truth
    ($module, data, errors=None, final=False, /)	_codecs.utf_16_be_decode,_codecs.utf_16_decode,_codecs.utf_16_le_decode,_codecs.utf_32_be_decode
    ($module, data, errors=None, final=False, /)	_codecs.utf_32_decode,_codecs.utf_32_le_decode,_codecs.utf_7_decode,_codecs.utf_8_decode
    ($self, chr, default=<unrepresentable>, /)	UCD.decimal,UCD.digit,UCD.name,UCD.numeric,unicodedata.decimal,unicodedata.digit,unicodedata.name
    ($self, chr, default=<unrepresentable>, /)	unicodedata.numeric
    ($self, data, /)	blake2b.update,blake2s.update,sha3_224.update,sha3_256.update,sha3_384.update,sha3_512.update,shake_128.update,shake_256.update
    ($module, /, string=b'', *, usedforsecurity=True)	_md5.md5,_sha1.sha1,_sha2.sha224,_sha2.sha256,_sha2.sha384,_sha2.sha512
    ($module, name, /)	_codecs.lookup_error,_imp.init_frozen,_imp.is_builtin,_imp.is_frozen,_imp.is_frozen_package,pwd.getpwnam
    ($module, obj, /)	builtins.ascii,builtins.callable,builtins.hash,builtins.id,builtins.len,builtins.repr
    ($self, /, **changes)	SimpleNamespace.__replace__,code.__replace__,code.replace,struct_group.__replace__,struct_passwd.__replace__
    ($self, /, **changes)	struct_rusage.__replace__
    ($self, /, sep=None, maxsplit=-1)	bytearray.rsplit,bytearray.split,bytes.rsplit,bytes.split,str.rsplit,str.split
    ($self, bytes=None, /)	bytearray.lstrip,bytearray.rstrip,bytearray.strip,bytes.lstrip,bytes.rstrip,bytes.strip
    ($self, obj, /)	SHA224Type.update,SHA256Type.update,SHA384Type.update,SHA512Type.update,md5.update,sha1.update
    ($self, sep, /)	bytearray.partition,bytearray.rpartition,bytes.partition,bytes.rpartition,str.partition,str.rpartition
    ($self, width, fillchar=b' ', /)	bytearray.center,bytearray.ljust,bytearray.rjust,bytes.center,bytes.ljust,bytes.rjust
    ($module, data, errors=None, /)	_codecs.ascii_decode,_codecs.escape_decode,_codecs.escape_encode,_codecs.latin_1_decode,_codecs.readbuffer_encode
    ($module, x, y, /)	builtins.divmod,math.copysign,math.fmod,math.pow,math.remainder
    ($self, format_spec, /)	complex.__format__,float.__format__,int.__format__,object.__format__,str.__format__
    ($self, key, /)	*.__contains__,*.__delitem__,*.__getitem__,dict.__contains__,dict.__getitem__
    ($module, /, a, x, lo=0, hi=None, *, key=None)	_bisect.bisect_left,_bisect.bisect_right,_bisect.insort_left,_bisect.insort_right
    ($module, /, task)	_asyncio._register_eager_task,_asyncio._register_task,_asyncio._unregister_eager_task,_asyncio._unregister_task
    ($module, character, /)	_sre.ascii_iscased,_sre.ascii_tolower,_sre.unicode_iscased,_sre.unicode_tolower
    ($module, heap, /)	_heapq._heapify_max,_heapq._heappop_max,_heapq.heapify,_heapq.heappop
    ($module, heap, item, /)	_heapq._heapreplace_max,_heapq.heappush,_heapq.heappushpop,_heapq.heapreplace
    ($module, self, /)	_abc._abc_init,_abc._get_dump,_abc._reset_caches,_abc._reset_registry
    ($self, buffer, /)	*.__release_buffer__,Struct.iter_unpack,Struct.unpack,array.frombytes
    ($self, form, unistr, /)	UCD.is_normalized,UCD.normalize,unicodedata.is_normalized,unicodedata.normalize
    ($self, iterable, /)	deque.extend,deque.extendleft,list.extend,str.join
    ($self, key, default=None, /)	Context.get,dict.get,dict.setdefault,mappingproxy.get
    ($self, length, /)	shake_128.digest,shake_128.hexdigest,shake_256.digest,shake_256.hexdigest
    ($self, name, /)	*.__delattr__,*.__getattribute__,UCD.lookup,unicodedata.lookup
    ()	class NoneType,class NotImplementedType,class ellipsis,class object
    (iterable=(), /)	class frozenset,class list,class set,class tuple
    ($module, /, loop, task)	_asyncio._enter_task,_asyncio._leave_task,_asyncio._swap_current_task
    ($module, /, name)	_csv.get_dialect,_csv.unregister_dialect,grp.getgrnam
    ($module, number, /)	builtins.bin,builtins.hex,builtins.oct
    ($self, /, *args, **kwargs)	*.__call__,*.__init__,str.format
    ($self, /, encoding='utf-8', errors='strict')	bytearray.decode,bytes.decode,str.encode
    ($self, /, keepends=False)	bytearray.splitlines,bytes.splitlines,str.splitlines
    ($self, /, sep=<unrepresentable>, bytes_per_sep=1)	bytearray.hex,bytes.hex,memoryview.hex
    ($self, /, tabsize=8)	bytearray.expandtabs,bytes.expandtabs,str.expandtabs
    ($self, alias, args, /)	ParamSpec.__typing_prepare_subst__,TypeVar.__typing_prepare_subst__,TypeVarTuple.__typing_prepare_subst__
    ($self, arg, /)	ParamSpec.__typing_subst__,TypeVar.__typing_subst__,TypeVarTuple.__typing_subst__
    ($self, chars=None, /)	str.lstrip,str.rstrip,str.strip
    ($self, item, /)	bytearray.append,deque.append,deque.appendleft
    ($self, prefix, /)	bytearray.removeprefix,bytes.removeprefix,str.removeprefix
    ($self, prefix[, start[, end]], /)	bytearray.startswith,bytes.startswith,str.startswith
    ($self, suffix, /)	bytearray.removesuffix,bytes.removesuffix,str.removesuffix
    ($self, suffix[, start[, end]], /)	bytearray.endswith,bytes.endswith,str.endswith
    ($self, v, /)	array.append,array.count,array.remove
    ($self, width, /)	bytearray.zfill,bytes.zfill,str.zfill
    ($self, width, fillchar=' ', /)	str.center,str.ljust,str.rjust
    ($type, string, /)	bytearray.fromhex,bytes.fromhex,float.fromhex
    (function, iterable, /)	class filter,class filterfalse,class starmap
    (iterable, /)	class _tee,class cycle,class pairwise
    ($module, *integers)	math.gcd,math.lcm
    ($module, /, a, b, *, rel_tol=1e-09, abs_tol=0.0)	cmath.isclose,math.isclose
    ($module, /, data, sep=<unrepresentable>, bytes_per_sep=1)	binascii.b2a_hex,binascii.hexlify
    ($module, /, file=sys.stderr, all_threads=True)	faulthandler.dump_traceback,faulthandler.enable
    ($module, /, obj, encoding='utf-8', errors='strict')	_codecs.decode,_codecs.encode
    ($module, data, errors=None, byteorder=0, final=False, /)	_codecs.utf_16_ex_decode,_codecs.utf_32_ex_decode
    ($module, data, errors=None, final=True, /)	_codecs.raw_unicode_escape_decode,_codecs.unicode_escape_decode
    ($module, format, buffer, /)	_struct.iter_unpack,_struct.unpack
    ($module, hexstr, /)	binascii.a2b_hex,binascii.unhexlify
    ($module, iterable, /)	builtins.all,builtins.any
    ($module, mod, /)	_imp.exec_builtin,_imp.exec_dynamic
    ($module, n, /)	math.factorial,math.isqrt
    ($module, obj, name, /)	builtins.delattr,builtins.hasattr
    ($module, override, /)	_imp._override_frozen_modules_for_tests,_imp._override_multi_interp_extensions_check
    ($module, p, q, /)	math.dist,math.sumprod
    ($module, search_function, /)	_codecs.register,_codecs.unregister
    ($module, self, subclass, /)	_abc._abc_register,_abc._abc_subclasscheck
    ($module, str, errors=None, byteorder=0, /)	_codecs.utf_16_encode,_codecs.utf_32_encode
    ($self, /, msg=None)	Future.cancel,Task.cancel
    ($self, exception, /)	Future.set_exception,Task.set_exception
    ($self, fn, /)	Future.remove_done_callback,Task.remove_done_callback
    ($self, fn, /, *, context=<unrepresentable>)	Future.add_done_callback,Task.add_done_callback
    ($self, index=-1, /)	bytearray.pop,list.pop
    ($self, instance, /)	*.__delete__,type.__instancecheck__
    ($self, iterable_of_bytes, /)	bytearray.join,bytes.join
    ($self, old, new, count=-1, /)	bytearray.replace,bytes.replace
    ($self, result, /)	Future.set_result,Task.set_result
    ($self, table, /, delete=b'')	bytearray.translate,bytes.translate
    ($self, value, mod=None, /)	*.__pow__,*.__rpow__
    ($self, value, start=0, stop=sys.maxsize, /)	list.index,tuple.index
    ($self, x, /)	_socket.htons,_socket.ntohs
    (frm, to, /)	bytearray.maketrans,bytes.maketrans
    (function, /)	class classmethod,class staticmethod
    (iterable, r)	class combinations,class combinations_with_replacement
    (predicate, iterable, /)	class dropwhile,class takewhile
    ($cls, name, bases, /, **kwds)	type.__prepare__
    ($module, /, *args, **kws)	builtins.breakpoint
    ($module, /, *args, sep=' ', end='\n', file=None, flush=False)	builtins.print
    ($module, /, base, exp, mod=None)	builtins.pow
    ($module, /, code, offset)	_opcode.get_executor
    ($module, /, data, header=False)	binascii.a2b_qp
    ($module, /, data, quotetabs=False, istext=True, header=False)	binascii.b2a_qp
    ($module, /, file, mode='r', buffering=-1, encoding=None, errors=None, newline=None, closefd=True, opener=None)	_io.open
    ($module, /, id)	grp.getgrgid
    ($module, /, key, source)	_imp.source_hash
    ($module, /, level=Z_DEFAULT_COMPRESSION, method=DEFLATED, wbits=MAX_WBITS, memLevel=DEF_MEM_LEVEL, strategy=Z_DEFAULT_STRATEGY, zdict=None)	zlib.compressobj
    ($module, /, loop=None)	_asyncio.current_task
    ($module, /, message, category, filename, lineno, module=<unrepresentable>, registry=None, module_globals=None, source=None)	_warnings.warn_explicit
    ($module, /, message, category=None, stacklevel=1, source=None, *, skip_file_prefixes=<unrepresentable>)	_warnings.warn
    ($module, /, mycmp)	_functools.cmp_to_key
    ($module, /, name, globals=None, locals=None, fromlist=(), level=0)	builtins.__import__
    ($module, /, new_limit=<unrepresentable>)	_csv.field_size_limit
    ($module, /, number, ndigits=None)	builtins.round
    ($module, /, pattern, flags, code, groups, groupindex, indexgroup)	_sre.compile
    ($module, /, signum, file=sys.stderr, all_threads=True, chain=False)	faulthandler.register
    ($module, /, source, filename, mode, flags=0, dont_inherit=False, optimize=-1, *, _feature_version=-1)	builtins.compile
    ($module, /, timeout, repeat=False, file=sys.stderr, exit=False)	faulthandler.dump_traceback_later
    ($module, /, wbits=MAX_WBITS, zdict=b'')	zlib.decompressobj
    ($module, a, b, c, /)	_operator.setitem
    ($module, aiterator, default=<unrepresentable>, /)	builtins.anext
    ($module, args, executable_list, close_fds, pass_fds, cwd, env, p2cread, p2cwrite, c2pread, c2pwrite, errread, errwrite, errpipe_read, errpipe_write, restore_signals, call_setsid, pgid_to_set, gid, extra_groups, uid, child_umask, preexec_fn, allow_vfork, /)	_posixsubprocess.fork_exec
    ($module, arraytype, typecode, mformat_code, items, /)	array._array_reconstructor
    ($module, async_iterable, /)	builtins.aiter
    ($module, bytes, /, *, allow_code=True)	marshal.loads
    ($module, c, /)	builtins.ord
    ($module, cls, class_or_tuple, /)	builtins.issubclass
    ($module, code, path, /)	_imp._fix_co_filename
    ($module, data, /)	binascii.a2b_uu
    ($module, data, /, *, backtick=False)	binascii.b2a_uu
    ($module, data, /, *, newline=True)	binascii.b2a_base64
    ($module, data, /, *, strict_mode=False)	binascii.a2b_base64
    ($module, data, /, level=Z_DEFAULT_COMPRESSION, wbits=MAX_WBITS)	zlib.compress
    ($module, data, /, wbits=MAX_WBITS, bufsize=DEF_BUF_SIZE)	zlib.decompress
    ($module, data, crc, /)	binascii.crc_hqx
    ($module, data, crc=0, /)	binascii.crc32
    ($module, data, errors=None, mapping=None, /)	_codecs.charmap_decode
    ($module, data, value=0, /)	zlib.crc32
    ($module, data, value=1, /)	zlib.adler32
    ($module, encoding, /)	_codecs.lookup
    ($module, errors, handler, /)	_codecs.register_error
    ($module, fd, cmd, arg=0, /)	fcntl.fcntl
    ($module, fd, cmd, len=0, start=0, whence=0, /)	fcntl.lockf
    ($module, fd, operation, /)	fcntl.flock
    ($module, fd, request, arg=0, mutate_flag=True, /)	fcntl.ioctl
    ($module, file, /, *, allow_code=True)	marshal.load
    ($module, format, /)	_struct.calcsize
    ($module, format, /, buffer, offset=0)	_struct.unpack_from
    ($module, i, /)	builtins.chr
    ($module, iterable, /, *, key=None, reverse=False)	builtins.sorted
    ($module, iterable, /, *, start=1)	math.prod
    ($module, iterable, /, start=0)	builtins.sum
    ($module, iterable, n=2, /)	itertools.tee
    ($module, loop, /)	_asyncio._set_running_loop
    ($module, map, /)	_codecs.charmap_build
    ($module, mapping, iterable, /)	_collections._count_elements
    ($module, n, k, /)	math.comb
    ($module, n, k=None, /)	math.perm
    ($module, name, /, *, withdata=False)	_imp.find_frozen
    ($module, name, data=None, /)	_imp.get_frozen_object
    ($module, obj, /, *args, **kwargs)	_operator.call
    ($module, obj, class_or_tuple, /)	builtins.isinstance
    ($module, obj, default=0, /)	_operator.length_hint
    ($module, obj, name, value, /)	builtins.setattr
    ($module, opcode, oparg=None, /, *, jump=None)	_opcode.stack_effect
    ($module, p, mu, sigma, /)	_statistics._normal_dist_inv_cdf
    ($module, pattern, template, /)	_sre.template
    ($module, pid, resource, limits=None, /)	resource.prlimit
    ($module, prompt='', /)	builtins.input
    ($module, r, phi, /)	cmath.rect
    ($module, release_gil=False, /)	faulthandler._sigsegv
    ($module, resource, /)	resource.getrlimit
    ($module, resource, limits, /)	resource.setrlimit
    ($module, rlist, wlist, xlist, timeout=None, /)	select.select
    ($module, self, instance, /)	_abc._abc_instancecheck
    ($module, seq, /)	math.fsum
    ($module, signum, /)	faulthandler.unregister
    ($module, source, /, globals=None, locals=None)	builtins.eval
    ($module, source, /, globals=None, locals=None, *, closure=None)	builtins.exec
    ($module, source, filename, startstr, /)	_symtable.symtable
    ($module, spec, /)	_imp.create_builtin
    ($module, spec, file=<unrepresentable>, /)	_imp.create_dynamic
    ($module, str, errors=None, mapping=None, /)	_codecs.charmap_encode
    ($module, uidobj, /)	pwd.getpwuid
    ($module, value, file, version=version, /, *, allow_code=True)	marshal.dump
    ($module, value, format_spec='', /)	builtins.format
    ($module, value, version=version, /, *, allow_code=True)	marshal.dumps
    ($module, who, /)	resource.getrusage
    ($module, x, i, /)	math.ldexp
    ($module, x, y, /, *, steps=None)	math.nextafter
    ($module, x, y, z, /)	math.fma
    ($module, y, x, /)	math.atan2
    ($module, z, base=<unrepresentable>, /)	cmath.log
    ($self, /, *, key=None, reverse=False)	list.sort
    ($self, /, *, limit=None)	Task.get_stack
    ($self, /, *, limit=None, file=None)	Task.print_stack
    ($self, /, *exc_info)	memoryview.__exit__
    ($self, /, buffer, offset=0)	Struct.unpack_from
    ($self, /, data, max_length=-1)	_ZlibDecompressor.decompress
    ($self, /, fd)	epoll.unregister
    ($self, /, fd, eventmask)	epoll.modify
    ($self, /, fd, eventmask=select.EPOLLIN | select.EPOLLPRI | select.EPOLLOUT)	epoll.register
    ($self, /, format, shape=<unrepresentable>)	memoryview.cast
    ($self, /, key, default=<unrepresentable>)	OrderedDict.pop
    ($self, /, key, default=None)	OrderedDict.setdefault
    ($self, /, key, last=True)	OrderedDict.move_to_end
    ($self, /, last=True)	OrderedDict.popitem
    ($self, /, length=1, byteorder='big', *, signed=False)	int.to_bytes
    ($self, /, oparg)	code._varname_from_oparg
    ($self, /, order='C')	memoryview.tobytes
    ($self, /, timeout=None, maxevents=-1)	epoll.poll
    ($self, bb, /)	array.extend
    ($self, default=<unrepresentable>, /)	ContextVar.get
    ($self, exc_type=None, exc_value=None, exc_tb=None, /)	epoll.__exit__
    ($self, f, /)	array.tofile
    ($self, f, n, /)	array.fromfile
    ($self, flags, /)	*.__buffer__
    ($self, i, v, /)	array.insert
    ($self, i=-1, /)	array.pop
    ($self, index, /)	list.__getitem__
    ($self, index, item, /)	bytearray.insert
    ($self, index, object, /)	list.insert
    ($self, index, value, /)	deque.insert
    ($self, instance, owner=None, /)	*.__get__
    ($self, instance, value, /)	*.__set__
    ($self, ip_addr, /)	_socket.inet_aton
    ($self, iterable_of_ints, /)	bytearray.extend
    ($self, k, /)	Random.getrandbits
    ($self, key, default=<unrepresentable>, /)	dict.pop
    ($self, key, value, /)	*.__setitem__
    ($self, list, /)	array.fromlist
    ($self, mapping, /)	str.format_map
    ($self, n=1, /)	deque.rotate
    ($self, n=None, /)	Random.seed
    ($self, name, value, /)	*.__setattr__
    ($self, ndigits=<unrepresentable>, /)	int.__round__
    ($self, ndigits=None, /)	float.__round__
    ($self, old, new, /, count=-1)	str.replace
    ($self, oname, /)	_socket.if_nametoindex
    ($self, owner, name, /)	property.__set_name__
    ($self, packed_ip, /)	_socket.inet_ntoa
    ($self, proto=0, /)	bytearray.__reduce_ex__
    ($self, protocol, /)	object.__reduce_ex__
    ($self, state, /)	Random.setstate
    ($self, subclass, /)	type.__subclasscheck__
    ($self, table, /)	str.translate
    ($self, token, /)	ContextVar.reset
    ($self, unused, /)	array.__deepcopy__
    ($self, ustr, /)	array.fromunicode
    ($self, v, start=0, stop=sys.maxsize, /)	array.index
    ($self, value, [start, [stop]])	deque.index
    ($type, /)	object.__init_subclass__
    ($type, /, bytes, byteorder='big', *, signed=False)	int.from_bytes
    ($type, /, iterable, value=None)	OrderedDict.fromkeys
    ($type, /, object, flags)	memoryview._from_flags
    ($type, fd, /)	epoll.fromfd
    ($type, iterable, /)	chain.from_iterable
    ($type, iterable, value=None, /)	dict.fromkeys
    ($type, typestr, /)	float.__getformat__
    (*, loop=None)	class Future
    (*iterables)	class chain
    (*iterables, fillvalue=None)	class zip_longest
    (*iterables, repeat=1)	class product
    (*iterables, strict=False)	class zip
    ([contents])	class cell
    ([iterable[, maxlen]])	class deque
    (argcount, posonlyargcount, kwonlyargcount, nlocals, stacksize, flags, codestring, constants, names, varnames, filename, name, qualname, firstlineno, linetable, exceptiontable, freevars=(), cellvars=(), /)	class code
    (attr, /, *attrs)	class attrgetter
    (code, globals, name=None, argdefs=None, closure=None, kwdefaults=None)	class function
    (coro, *, loop=None, name=None, context=None, eager_start=False)	class Task
    (data, selectors)	class compress
    (data=b'', /, *, digest_size=_blake2.blake2b.MAX_DIGEST_SIZE, key=b'', salt=b'', person=b'', fanout=1, depth=1, leaf_size=0, node_offset=0, node_depth=0, inner_size=0, last_node=False, usedforsecurity=True)	class blake2b
    (data=b'', /, *, digest_size=_blake2.blake2s.MAX_DIGEST_SIZE, key=b'', salt=b'', person=b'', fanout=1, depth=1, leaf_size=0, node_offset=0, node_depth=0, inner_size=0, last_node=False, usedforsecurity=True)	class blake2s
    (fget=None, fset=None, fdel=None, doc=None)	class property
    (func, /, *args, **keywords)	class partial
    (function, instance, /)	class method
    (function, iterable, /, *iterables)	class map
    (item, /, *items)	class itemgetter
    (iterable, func=None, *, initial=None)	class accumulate
    (iterable, key=None)	class groupby
    (iterable, n, *, strict=False)	class batched
    (iterable, r=None)	class permutations
    (iterable, start=0)	class enumerate
    (mapping)	class mappingproxy
    (mapping_or_iterable=(), /, **kwargs)	class SimpleNamespace
    (name, /, *args, **kwargs)	class methodcaller
    (name, doc=None)	class module
    (object)	class memoryview
    (object=False, /)	class bool
    (origin, args, /)	class GenericAlias
    (real=0, imag=0)	class complex
    (sequence, /)	class reversed
    (start=0, step=1)	class count
    (tb_next, tb_frame, tb_lasti, tb_lineno)	class traceback
    (wbits=15, zdict=b'')	class _ZlibDecompressor
    (x, y=<unrepresentable>, z=<unrepresentable>, /)	str.maketrans
    (x=0, /)	class float
    """#
}
