# Cycles, passes of the collector, finalizers, resurrection, weak references with callbacks.
import gc
import weakref


class Node:
    def __init__(self, name):
        self.name = name
        self.peers = []
        self.me = self


class Last(Node):
    saved = []

    def __del__(self):
        if len(self.saved) < 20:
            self.saved.append(self)


gc.set_threshold(300, 5, 5)
gone = []
watched = weakref.WeakValueDictionary()
kept = []
for i in range(600):
    a, b = Node("a%d" % i), Node("b%d" % i)
    a.peers.append(b)
    b.peers.append(a)
    b.ref = weakref.ref(a, lambda ref, i=i: gone.append(i))
    kept.append(b.ref)
    watched["n%d" % i] = a
    if i % 7 == 0:
        kept.append(a)
    if i % 11 == 0:
        last = Last("l")
        last.peers.append(kept)
    if i % 50 == 49:
        del kept[:40]
        gc.collect()
        Last.saved.clear()
print(len(kept), len(gone) > 100, len(watched) < 600)
