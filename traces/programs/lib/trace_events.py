# sys.settrace: the events of calls, lines, returns and exceptions as CPython gives them.
import contextlib
import sys
out=[]
def show(arg):
    if isinstance(arg,tuple) and len(arg)==3 and isinstance(arg[0],type): return (arg[0].__name__, str(arg[1]), arg[2] is not None)
    r=repr(arg)
    return r if '0x' not in r else r.split(' at')[0]
def tracer(frame, event, arg):
    out.append((frame.f_code.co_name, frame.f_lineno-frame.f_code.co_firstlineno, event, show(arg)))
    return tracer
def run(f,*a):
    out.clear()
    sys.settrace(tracer)
    try: r=f(*a)
    except BaseException as e: r=repr(e)
    finally: sys.settrace(None)
    print('==',f.__name__,r)
    for o in out: print('  ',*o)
def simple(a):
    b=a+1
    c=[b,
       a]
    return c
def loop(n):
    t=0
    for i in range(n):
        if i%2:
            t+=i
        else:
            continue
    else:
        t+=100
    return t
def oneline(n):
    for i in range(n): x=i
    while n: n-=1
    y=[j for j in range(3)]
    return y
def whil(n):
    while n>0:
        n-=1
        if n==1: break
    return n
def exc():
    try:
        raise ValueError('x')
    except ValueError as e:
        z=1
    finally:
        w=2
    return z
def inner_exc():
    int('q')
def outer_exc():
    try:
        inner_exc()
    except ValueError:
        pass
def unhandled():
    x=1
    inner_exc()
def gen():
    x = yield 1
    try:
        yield 2
    finally:
        y=3
def usegen():
    for v in gen():
        pass
    g=gen()
    next(g)
    g.send(5)
    try: g.throw(KeyError('k'))
    except KeyError: pass
    g.close()
    g=gen(); next(g); g.close()
    return list(gen())
def yf():
    r = yield from sub()
    return r
def sub():
    yield 1
    return 7
def useyf():
    return list(yf())
class It:
    def __init__(self): self.n=0
    def __iter__(self): return self
    def __next__(self):
        self.n+=1
        if self.n>2: raise StopIteration
        return self.n
def useit():
    return [x for x in It()] + list(It())
def forit():
    for x in It():
        pass
def withst():
    pass
    with contextlib.suppress(KeyError):
        raise KeyError
    return 1
class CM:
    def __enter__(self): return self
    def __exit__(self,*a): return True
def cm():
    with CM() as c:
        1/0
    return c is not None
def lam():
    f=lambda q: q+1
    return f(1)
def deco(f): return f
def decorated():
    @deco
    @deco
    def g(a,
          b=2):
        return a+b
    return g(1)
def cls():
    class A:
        x=1
        def m(self):
            return self.x
    return A().m()
def cond(a):
    if (a and
        a>1 or
        a<0):
        return 'y'
    elif a: return 'o'
    return 'n'
def match_(v):
    match v:
        case 1:
            return 'one'
        case [a,b]:
            return a
        case _:
            return 'other'
def multi():
    x=dict(a=1,
           b=simple(
             2),
           c=3)
    return x
def tern(a):
    return (1 if a
            else 2)
def assert_(a):
    assert a, 'msg'
    return 1
def nested():
    def k():
        nonlocal z
        z+=1
    z=0
    k()
    k()
    return z
def retry():
    for i in range(2):
        try:
            if i==0: raise OSError
        except OSError:
            continue
        finally:
            q=i
    return q
def dele():
    x=1
    del x
    try:
        x
    except NameError:
        return 'ne'
def doc():
    "docstring"
    global zz
    pass
    zz=1
def trywh():
    while True:
        try:
            break
        finally:
            x=1
    return x
def excgroup():
    try:
        raise ExceptionGroup('g',[ValueError(1),KeyError(2)])
    except* ValueError as e:
        a=1
    except* KeyError:
        a=2
    return a
run(simple,1); run(loop,3); run(oneline,2); run(whil,3); run(exc); run(outer_exc); run(unhandled); run(usegen); run(useyf); run(useit); run(forit); run(withst); run(cm); run(lam); run(decorated); run(cls); run(cond,2); run(cond,-1); run(cond,0); run(cond,1); run(match_,1); run(match_,[1,2]); run(match_,5); run(multi); run(tern,0); run(tern,1); run(assert_,1); run(assert_,0); run(nested); run(retry); run(dele); run(doc); run(trywh); run(excgroup)
async def co():
    return 5
async def aw():
    x = await co()
    async for y in ag():
        x += y
    async with ACM() as z:
        pass
    return x
async def ag():
    yield 1
    yield 2
class ACM:
    async def __aenter__(self): return 1
    async def __aexit__(self,*a): return None
def useco():
    c=aw()
    try: c.send(None)
    except StopIteration as e: return e.value
run(useco)
