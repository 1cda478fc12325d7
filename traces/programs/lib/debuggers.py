# trace, profile and bdb over sys.settrace and sys.setprofile.
import trace, sys, io, contextlib, profile, pstats, bdb, pdb
def fib(n):
    if n<2:
        return n
    return fib(n-1)+fib(n-2)
def main():
    x=fib(4)
    return x
t=trace.Trace(count=1,trace=0,ignoredirs=[sys.prefix]); r=t.runfunc(main); print(r); 
print(sorted((k[1],v) for k,v in t.results().counts.items() if k[0].endswith('debuggers.py')))
t=trace.Trace(count=0,trace=1); t.runfunc(main)
t=trace.Trace(count=0,trace=0,countfuncs=1); t.runfunc(main); print(sorted(k[2] for k in t.results().calledfuncs))
t=trace.Trace(count=0,trace=0,countcallers=1); t.runfunc(main); print(sorted((a[2],b[2]) for a,b in t.results().callers))
p=profile.Profile(); p.runcall(main); s=io.StringIO(); st=pstats.Stats(p,stream=s); print({k[2]:v[:2] for k,v in st.stats.items() if k[0].endswith('debuggers.py')})
class B(bdb.Bdb):
    def user_line(self,frame):
        if frame.f_code.co_name in('main','fib'): print('line',frame.f_code.co_name,frame.f_lineno)
        self.set_step()
    def user_call(self,frame,args): print('call',frame.f_code.co_name)
    def user_return(self,frame,v): print('ret',frame.f_code.co_name,v)
    def user_exception(self,frame,e): print('exc',e[0])
b=B(); b.runcall(fib,2)
b=B(); b.run('fib(1)',globals())
