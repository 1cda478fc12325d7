# ctypes without callbacks: simple values, arrays, structures, unions, pointers, calls of C functions.
import ctypes
from ctypes import *
def p(f,*a,**k):
    try: print(repr(f(*a,**k)))
    except BaseException as e: print(type(e).__name__, e)
p(c_int); p(c_int,3); p(c_int,2**40+7); p(c_int,'a'); p(c_int,1.5); p(c_int,1,2); p(c_byte,200); p(c_double,'x'); p(c_double,3); p(c_float,1.1); p(c_longdouble,2.5)
x=c_int(5); x.value=7; print(x, x.value, bool(x), bool(c_int(0)), sizeof(x), alignment(x), x._objects, x._b_base_, x._b_needsfree_)
def s(): x.value='q'
p(s)
def d(): del x.value
p(d)
class MyInt(c_int): pass
print(MyInt(3).value, str(MyInt(3)).split(' at')[0])
A=c_int*3; a=A(1,2); print(A, a, len(a), a[:], a[0], a[-1], list(a), A._length_, A._type_) if 0 else print(A, len(a), a[:], a[0], a[-1], list(a), A._length_, A._type_, A.__name__, (c_int*3) is A)
p(lambda: a[3]); p(A,1,2,3,4); 
def f(): a['x']
p(f)
def f(): a[0]='x'
p(f)
def f(): a[0:2]=[5]
p(f)
def f(): a[0:2]=[5,6]
p(f); print(a[:],a[::-1]); a[0]=c_int(9); print(a[0])
def f(): del a[0]
p(f)
def f(): a[0]=c_long(9)
p(f)
b=create_string_buffer(b'hello',10); print(b.value,b.raw,len(b),sizeof(b),b[0],b[1:3]); b.value=b'xy'; print(b.raw); b.raw=b'abc'; print(b.raw)
def f(): b.value=b'12345678901'
p(f)
def f(): b.value='s'
p(f)
u=create_unicode_buffer('hé',5); print(u.value,u[0],u[:],sizeof(u)); u.value='zz'; print(u.value)
class P(Structure):
    _fields_=[('x',c_int),('y',c_double),('c',c_char*4),('s',c_char_p)]
q=P(1,2.5,b'ab',b'str'); print(q.x,q.y,q.c,q.s,sizeof(P),alignment(P)); print(P.x,P.y); q.x=5; q.c=b'wxyz'; print(q.x,q.c, q._objects)
p(P,1,2,3,4,5); p(P,x='a'); p(P,1,x=2); p(P,z=3); 
def f(): q.x='s'
p(f)
def f(): q.c=b'12345'
p(f)
class Q(Structure):
    _fields_=[('p',P),('arr',c_short*3),('n',POINTER(P))]
r=Q(); r.p=q; r.p.x=77; print(r.p.x,q.x,sizeof(Q)); r.p=(3,4.5); print(r.p.x,r.p.y); r.arr[1]=4; print(r.arr[:]); r.n=pointer(q); print(r.n.contents.x, r.n[0].y, bool(r.n), bool(POINTER(P)()))
p(lambda: POINTER(P)().contents)
class U(Union):
    _fields_=[('i',c_int),('b',c_ubyte*4)]
z=U(); z.i=0x01020304; print(z.b[:],sizeof(U))
class S2(P): _fields_=[('more',c_byte)]
print(sizeof(S2), S2.more, S2(1,2,b'',b'',5).more)
class N(Structure): pass
N._fields_=[('next',POINTER(N)),('v',c_int)]
n=N(None,3); m=N(pointer(n),4); print(m.next.contents.v); 
p(lambda: setattr(N,'_fields_',[]))
class PK(Structure):
    _pack_=1; _fields_=[('a',c_char),('b',c_int)]
print(sizeof(PK),PK.b)
class AN(Structure):
    _anonymous_=['u']; _fields_=[('u',U),('k',c_int)]
t=AN(); t.i=5; print(t.i,t.u.i)
print(POINTER(c_int), pointer(x)[0], POINTER(c_int) is POINTER(c_int)); pi=pointer(x); pi[0]=44; print(x.value); pi.contents=c_int(8); print(pi[0],x.value, pi.contents)
p(pointer,3); p(POINTER(c_int),3); p(lambda:POINTER(c_int)()[0])
print(byref(x).__class__, byref(x)._obj is x) 
libc=CDLL(None)
print(string_at(b), string_at(b,2), wstring_at(u)); print(cast(b,c_char_p).value, cast(pi,c_void_p).value==addressof(pi.contents))
print(memset(b,65,3)==addressof(b), b.value, memmove(b,b'Q',1)==addressof(b), b.value)
print(sizeof(POINTER(c_int)), c_int.__mro__, type(c_int).__mro__, type(P), type(U), type(A), type(POINTER(c_int)), type(CFUNCTYPE(None)))
ba=bytearray(8); ci=c_int.from_buffer(ba,4); ci.value=1; print(ba); p(c_int.from_buffer,ba,6); p(c_int.from_buffer,b'abcd'); p(c_int.from_buffer,ba,-1); print(c_int.from_buffer_copy(b'\1\0\0\0')); p(c_int.from_buffer_copy,b'a'); print(c_int.from_address(addressof(ci)))
p(ba.append,3)
p(lambda: type('X',(ctypes._SimpleCData,),{})); p(lambda: type('X',(ctypes._SimpleCData,),{'_type_':'k'})); p(lambda: type('X',(Array,),{})); p(lambda: type('X',(Structure,),{'_fields_':[('a',int)]})); p(lambda: type('X',(Structure,),{'_fields_':3})); p(Structure); p(Array); p(sizeof,3); p(addressof,3); p(lambda: c_int*-1); p(lambda: c_int*'a'); p(ctypes._SimpleCData); p(byref,3)
import pickle; print(pickle.loads(pickle.dumps(c_int(5))), pickle.loads(pickle.dumps(q_:=U(3))).i)
p(pickle.dumps,c_char_p(b'a'))
print(libc.snprintf(b, 10, b'%d-%s', 42, b'zz'), b.value); libc.snprintf(b,10,b'%.2f',c_double(2.5)); print(b.value)
