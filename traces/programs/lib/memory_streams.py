# BytesIO and StringIO: views that hold the memory, pickling, what is refused.
import io
def p(f,*a,**k):
    try: print(repr(f(*a,**k)))
    except BaseException as e: print(type(e).__name__, e)
b=io.BytesIO(b'hello'); v=b.getbuffer(); print(v.readonly, v.format, len(v), v.obj); v[0]=72; print(b.getvalue()); p(b.write,b'x'); p(b.truncate,2); p(b.close); p(b.read,2); v.release(); p(b.write,b'x'); print(b.getvalue())
with b.getbuffer() as w: w[1:3]=b'ZZ'
print(b.getvalue()); p(b.readinto,bytearray(3)); b.seek(0); x=bytearray(3); p(b.readinto,x); print(x); p(b.readline); p(b.readlines); b.seek(0); p(b.readlines,3); p(b.writelines,[b'q\n',b'r']); print(b.getvalue(), b.tell()); p(b.__getstate__); c=io.BytesIO(); c.__setstate__((b'abc',1,None)); print(c.read()); p(c.__setstate__,(1,)); p(b.read1); p(b.readinto1, x); p(b.seek,100); p(b.write,b'end'); print(len(b.getvalue())); p(b.truncate); p(b.truncate,-1); p(b.detach); p(b.fileno); p(b.isatty); b.close(); p(b.getvalue); p(b.getbuffer); p(b.read); print(b.closed)
p(io.BytesIO,'s'); p(io.BytesIO,initial_bytes=b'z'); print(io.BytesIO(b'a').__dict__)
import pickle,copy; d=io.BytesIO(b'qwe'); d.seek(1); e=pickle.loads(pickle.dumps(d)); print(e.read(), e.getvalue()); print(copy.copy(d).read())
s=io.StringIO('ab\ncd',newline=None); p(s.__getstate__); t=io.StringIO(); t.__setstate__(('xyz','\n',1,None)); print(t.read()); p(s.detach); print(s.line_buffering, s.errors); f=pickle.loads(pickle.dumps(s)); print(f.getvalue())
print(open.__module__, io.open is open, io.open_code.__module__)
for l in io.BytesIO(b'a\nb\n'): print(l)
