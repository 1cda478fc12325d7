# Futures and tasks: states, messages, callbacks, cancellation, names, eager starts, wrong awaits.
import asyncio, contextvars, gc, weakref

class Later(asyncio.Future):
    tag = "later"

async def add(a, b):
    await asyncio.sleep(0)
    return a + b

async def fail():
    await asyncio.sleep(0)
    raise ValueError("no")

async def show_states():
    loop = asyncio.get_running_loop()
    f = loop.create_future()
    print(f.done(), f.cancelled(), f._state, f._callbacks, f.get_loop() is loop)
    for name in ("result", "exception"):
        try: getattr(f, name)()
        except asyncio.InvalidStateError as e: print(name, "->", e)
    seen = []
    f.add_done_callback(seen.append); f.add_done_callback(print)
    print(len(f._callbacks), f.remove_done_callback(print), len(f._callbacks))
    f.set_result([1]); print(f.result(), seen)
    await asyncio.sleep(0); print(seen == [f])
    try: f.set_result(2)
    except asyncio.InvalidStateError as e: print(e)
    g = Later(); print(type(g).__mro__[1].__module__, g.tag, g.__class__.__name__)
    g.x = 1; g.set_exception(ValueError); print(repr(g.exception()), g.x, g._log_traceback)
    try: await g
    except ValueError as e: print("raised", repr(e))
    for bad in (3, "x"):
        try: loop.create_future().set_exception(bad)
        except TypeError as e: print(e)
    h = loop.create_future(); h.set_exception(StopIteration(5)); print(repr(h.exception()), repr(h.exception().__cause__))
    k = loop.create_future(); print(k.cancel("why"), k.cancel(), k.cancelled(), k._cancel_message)
    try: k.result()
    except asyncio.CancelledError as e: print(e.args)
    r = weakref.ref(k); del k; print(r() is None)

async def show_tasks():
    t = asyncio.create_task(add(1, 2), name="sum")
    print(t.get_name(), t.done(), t.get_coro().__name__, asyncio.current_task() in asyncio.all_tasks())
    t.set_name(12); print(repr(t.get_name()), await t, t.done(), t._coro is not None)
    u = asyncio.create_task(fail())
    print(await asyncio.gather(u, add(3, 4), return_exceptions=True))
    for name in ("set_result", "set_exception"):
        try: getattr(t, name)(1)
        except RuntimeError as e: print(e)
    try: asyncio.Task(5)
    except TypeError as e: print(e)
    async def swallow():
        try: await asyncio.sleep(5)
        except asyncio.CancelledError: print("asked", asyncio.current_task().cancelling())
        print(asyncio.current_task().uncancel()); return "went on"
    v = asyncio.create_task(swallow()); await asyncio.sleep(0); print(v.cancel(), v.cancelling(), await v, v.cancelled())
    async def bare():
        class Odd:
            def __await__(self): yield 5
        try: await Odd()
        except RuntimeError as e: print(e)
        class Gen:
            def __await__(self): yield asyncio.get_running_loop().create_future()
        try: await Gen()
        except RuntimeError as e: print(str(e).split(" in task")[0])
        try: await asyncio.current_task()
        except RuntimeError as e: print(str(e).split(":")[0])
    await asyncio.create_task(bare())

var = contextvars.ContextVar("var", default=0)
async def show_context():
    async def child():
        var.set(var.get() + 1); await asyncio.sleep(0); return var.get()
    var.set(10)
    own = contextvars.copy_context()
    t = asyncio.create_task(child(), context=own)
    print(await t, var.get(), own[var], t.get_context() is own)

async def show_eager():
    asyncio.get_running_loop().set_task_factory(asyncio.eager_task_factory)
    async def quick(): return asyncio.current_task().get_name()
    async def slow():
        await asyncio.sleep(0); return "slow"
    q = asyncio.create_task(quick(), name="q"); print(q.done(), q.result(), q.get_coro())
    s = asyncio.create_task(slow()); print(s.done(), await s)

async def groups():
    try:
        async with asyncio.TaskGroup() as tg:
            tg.create_task(fail()); t = tg.create_task(asyncio.sleep(9))
    except* ValueError as eg: print(eg.exceptions, t.cancelled())
    order = []
    async with asyncio.TaskGroup() as tg:
        for i in range(3): tg.create_task(add(i, i)).add_done_callback(lambda f: order.append(f.result()))
    await asyncio.sleep(0); print(order)
    print(sorted([await c for c in asyncio.as_completed([add(1, 1), add(2, 2)])]))
    done, pending = await asyncio.wait([asyncio.create_task(add(5, 5))]); print(len(done), len(pending))

for part in (show_states, show_tasks, show_context, show_eager, groups): asyncio.run(part())
def handler(loop, context): print("handler:", context["message"], repr(context.get("exception")))
loop = asyncio.new_event_loop(); loop.set_exception_handler(handler)
f = loop.create_future(); f.set_exception(KeyError("lost")); del f
f = loop.create_future(); it = iter(f); print(next(it) is f, f._asyncio_future_blocking)
try: next(it)
except RuntimeError as e: print(e)
f.set_result("value")
try: it.send(None)
except StopIteration as e: print(e.value)
c = add(1, 1); t = loop.create_task(c); loop._ready.clear(); del t; gc.collect(); c.close()
for name in ("result", "get_loop"):
    try: getattr(asyncio.Future.__new__(asyncio.Future), name)()
    except (RuntimeError, asyncio.InvalidStateError) as e: print(type(e).__name__, e)
try: asyncio.get_running_loop()
except RuntimeError as e: print(e)
loop.close()
