# mmap.mmap over files and over nothing: reading, writing, searching, resizing, views, and what is refused.
import mmap, tempfile, os
def p(f,*a,**k):
    try: print(repr(f(*a,**k)))
    except BaseException as e: print(type(e).__name__, e)
m=mmap.mmap(-1,20)
print(m, len(m)); p(m.size); p(m.write,b'hello'); p(m.tell); p(m.seek,0); p(m.read,3); p(m.read); p(m.read_byte)
m.seek(0); p(m.readline); p(m.find,b'l'); p(m.rfind,b'l'); p(m.seek,0); p(m.find,b'l');p(m.find,b'l',3,5);p(m.find,b'',3)
p(m.write_byte,65); p(m.write_byte,300); p(m.seek,-1); p(m.seek,0,2); p(m.write,b'x'); p(m.seek,100); p(m.seek,1,5)
p(m.move,0,2,3); print(m[:8]); p(m.move,18,0,5)
p(lambda:m[0]); p(lambda:m[100]); p(lambda:m['a']); p(lambda:m[2:8:2]); 
def s(k,v): m[k]=v
p(s,0,66); p(s,0,300); p(s,0,b'a'); p(s,slice(0,3),b'xyz'); p(s,slice(0,3),b'xy'); p(s,slice(0,6,2),b'123'); print(m[:])
def d(): del m[0]
p(d)
p(m.flush); p(m.flush,0,5); p(m.flush,5,100); p(m.resize,40); p(m.madvise,mmap.MADV_NORMAL); p(m.madvise,999)
v=memoryview(m); print(v.format,v.readonly,v.shape,v.nbytes); p(m.close); v.release(); p(m.close); p(m.read); p(len,m); print(m, m.closed); p(m.close); p(lambda: m[0]); p(memoryview,m)
f=tempfile.TemporaryFile(); 
p(mmap.mmap,f.fileno(),0)
f.write(b'abc\ndef\n'); f.flush()
r=mmap.mmap(f.fileno(),0,access=mmap.ACCESS_READ); print(r, r[:]); p(r.write,b'1'); p(r.readline); p(r.write_byte,1)
m=r; p(s,0,1); p(lambda: list(iter(r.readline,b''))); p(lambda:b'abc' in r); p(lambda: r==r); p(hash, 3); print(r.size()); p(r.resize,3); p(r.flush)
p(lambda:list(r))
w=mmap.mmap(f.fileno(),8,mmap.MAP_PRIVATE,mmap.PROT_READ|mmap.PROT_WRITE); print(w)
w[0:1]=b'Z'; print(w[:],r[:])
c=mmap.mmap(f.fileno(),8,access=mmap.ACCESS_COPY); print(c)
p(mmap.mmap,f.fileno(),100); p(mmap.mmap,f.fileno(),-1); p(mmap.mmap,f.fileno(),8,access=9); p(mmap.mmap,f.fileno(),8,mmap.MAP_SHARED,access=1); p(mmap.mmap,f.fileno(),8,offset=3); p(mmap.mmap,f.fileno(),8,offset=-3); p(mmap.mmap,f.fileno(),0,offset=4096); p(mmap.mmap,999,8); p(mmap.mmap); p(mmap.mmap,-1,0)
with mmap.mmap(-1,4) as z: print(z.closed)
print(z.closed); p(z.__enter__)
p(lambda: 'a' in mmap.mmap(-1,3)); p(lambda: 0 in mmap.mmap(-1,3))
import sys
print(sys.getsizeof(c)); p(lambda: c.__class__(-1,3,trackfd=False).size()); x=mmap.mmap(f.fileno(),8,trackfd=False); p(x.size); p(x.resize,3)
print(x.seekable())
import re
print(re.search(rb'd.f', c))
p(c.find,'x');p(c.find,b'd',-100,100);p(c.find,b'e',-3,-1)
p(c.read,None);p(c.seek,0);p(c.read,-1);p(c.seek,2);p(c.seek,1,1);p(c.tell);p(c.write,bytearray(b'qq'));p(c.write,'s')
