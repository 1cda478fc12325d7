# sys.settrace and sys.setprofile: opcodes, frames without lines, functions that raise, threads, native calls.
import sys
out=[]
def show(arg):
    if isinstance(arg,tuple) and len(arg)==3 and isinstance(arg[0],type): return (arg[0].__name__, str(arg[1]), arg[2] is not None)
    r=repr(arg)
    return r if '0x' not in r else r.split(' at')[0]
def tracer(frame, event, arg):
    out.append((frame.f_code.co_name, frame.f_lineno-frame.f_code.co_firstlineno, event, show(arg)))
    return tracer
# opcode, f_trace_lines, local function None, replacing, errors in trace function, nesting
def target(a):
    b=a
    c=b+1
    return c
def opc(frame,event,arg):
    frame.f_trace_opcodes=True
    out.append((event,frame.f_lineno-frame.f_code.co_firstlineno))
    return opc
sys.settrace(opc); target(1); sys.settrace(None); print(out)
out.clear()
def nol(frame,event,arg):
    frame.f_trace_lines=False
    out.append((event,frame.f_lineno-frame.f_code.co_firstlineno)); return nol
sys.settrace(nol); target(1); sys.settrace(None); print(out)
out.clear()
def onlycall(frame,event,arg): out.append((event,frame.f_code.co_name))
sys.settrace(onlycall); target(1); sys.settrace(None); print(out)
out.clear()
def bad(frame,event,arg):
    if event=='line' and frame.f_lineno-frame.f_code.co_firstlineno==2: raise RuntimeError('bad')
    out.append((event,)); return bad
sys.settrace(bad)
try: target(1)
except RuntimeError as e: print('got',e, sys.gettrace())
print(out)
def badcall(frame,event,arg): raise RuntimeError('bc')
sys.settrace(badcall)
try: target(1)
except RuntimeError as e: print('got',e,sys.gettrace())
def badret(frame,event,arg):
    if event=='return': raise RuntimeError('br')
    return badret
sys.settrace(badret)
try: target(1)
except RuntimeError as e: print('got',e,sys.gettrace())
# set f_trace on the current frame
out.clear()
def f():
    sys._getframe().f_trace=tracer
    sys.settrace(tracer)
    x=1
    y=2
    sys.settrace(None)
    z=3
f(); print(*out,sep='\n')
# profile
out.clear()
def prof(frame,event,arg): out.append((event,frame.f_code.co_name,frame.f_lineno-frame.f_code.co_firstlineno, getattr(arg,'__name__',arg) if event.startswith('c_') else show(arg)))
def pt():
    len([1]); x=[]; x.append(1); 
    try: int('q'); 
    except ValueError: pass
    try: len(5)
    except TypeError: pass
    ','.join(['a'])
    sorted([3,1],key=lambda k:k)
    str(5); print(*[1],sep='')
    max(1,2,key=abs)
    g=(i for i in range(2)); list(g)
    return min(*[1,2])
sys.setprofile(prof); pt(); sys.setprofile(None)
print(*out,sep='\n')
# locals visible in trace
def loc(frame,event,arg):
    if event=='return': out.append(dict(frame.f_locals))
    return loc
out.clear(); sys.settrace(loc); target(3); sys.settrace(None); print(out)
import threading
out.clear()
def thr(frame,event,arg):
    if frame.f_code.co_name=='work': out.append((event,frame.f_lineno-frame.f_code.co_firstlineno))
    return thr
def work():
    a=1
    return a
threading.settrace(thr); t=threading.Thread(target=work); t.start(); t.join(); threading.settrace(None); print(out, threading.gettrace())
out.clear(); threading.setprofile(lambda f,e,a: out.append(e) if f.f_code.co_name=='work' else None); t=threading.Thread(target=work); t.start(); t.join(); threading.setprofile(None); print(out)
# toggling many times in one frame
def many():
    for i in range(3000):
        sys.settrace(tracer); sys.settrace(None)
    return i
print(many())
def rec(n): return 0 if n==0 else 1+rec(n-1)
out.clear(); sys.settrace(tracer); print(rec(50)); sys.settrace(None); print(len(out))
def rec2(n): return rec2(n+1)
def quiet(f,e,a): return quiet
sys.settrace(quiet)
try: rec2(0)
except RecursionError as e: print(e)
sys.settrace(None)
print(sys.getrefcount(quiet), sys.getrefcount(tracer)<2000)
sys.settrace(quiet); print(sys.gettrace() is quiet); sys.settrace(None); print(sys.gettrace())
try: sys._getframe().f_trace_opcodes=3
except TypeError as e: print(e)
