# Processes by fork: pools, queues, pipes, events, shared values and memory, managers.
import multiprocessing as mp, os, sys
def sq(x): return x*x
def child(q,n): q.put(("child",n,os.getpid()!=parent))
def echo(c):
    while (m:=c.recv()) is not None: c.send(m.upper())
def boom(): raise SystemExit(3)
def locker(l, n, out):
    for i in range(50):
        with l:
            out.send(i)
def waiter(e, q):
    q.put(('waited', e.wait(5)))
def bump(v, arr):
    for _ in range(50):
        with v.get_lock(): v.value += 1
    with arr.get_lock(): arr[0] += 1
parent=os.getpid()
if __name__=="__main__":
    ctx=mp.get_context("fork"); print(mp.get_start_method())
    with ctx.Pool(2) as p:
        print(p.map(sq, range(8)), p.apply(sq,(9,)), sorted(p.imap_unordered(sq,[3,1,2])), p.starmap(pow,[(2,3),(3,2)]))
        try: p.map(len,[5])
        except TypeError as e: print("remote exception:", e)
        r=p.apply_async(sq,(5,)); print(r.get(10), r.successful())
    q=ctx.Queue(); pr=ctx.Process(target=child,args=(q,5)); pr.start(); print(q.get()[:2]); pr.join(); print(pr.exitcode)
    a,b=ctx.Pipe(); pr=ctx.Process(target=echo,args=(b,)); pr.start()
    for s in ("x","yz"): a.send(s); print(a.recv())
    a.send(None); pr.join(); pr=ctx.Process(target=boom); pr.start(); pr.join(); print(pr.exitcode, pr.is_alive())
    e=ctx.Event(); pr=ctx.Process(target=waiter,args=(e,q)); pr.start(); e.set(); print(q.get()); pr.join()
    sq_=ctx.SimpleQueue(); sq_.put(3); print(sq_.get())
    jq=ctx.JoinableQueue(); jq.put(1); jq.get(); jq.task_done(); jq.join(); print('joined')
    l=ctx.RLock(); print(l); s=ctx.Semaphore(3); s.acquire(); print(s); c=ctx.Condition(); print(type(c).__name__)
    bar=ctx.Barrier(1); print(bar.wait())
    with ctx.Manager() as m:
        d=m.dict(); d['a']=1; li=m.list([1,2]); li.append(3); print(d, li)
    print(mp.active_children(), mp.current_process().name)
    from multiprocessing import shared_memory
    sm=shared_memory.SharedMemory(create=True,size=100); sm.buf[:3]=b'abc'; s2=shared_memory.SharedMemory(sm.name); print(bytes(s2.buf[:3]), s2.size); s2.close(); sm.close(); sm.unlink()
    sl=shared_memory.ShareableList([1,'a',2.5,None,b'q',True]); print(sl[1], len(sl)); sl[0]=9; print(list(sl)); sl.shm.close(); sl.shm.unlink()
    v = ctx.Value("i", 0); arr = ctx.Array("d", [1.0, 2.0]); raw = ctx.RawArray("c", b"abc")
    ps = [ctx.Process(target=bump, args=(v, arr)) for _ in range(3)]
    [p.start() for p in ps]; [p.join() for p in ps]; print(v.value, arr[:], raw.value)
