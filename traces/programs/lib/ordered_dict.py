from collections import OrderedDict as O
import sys, gc, copy, pickle
for f in (lambda:O(1,2), lambda:O.update(), lambda:O().update(1,2), lambda:O([1]), lambda:O([(1,2,3)]), lambda:O([()]),lambda:O([(1,)]), lambda:O().popitem(), lambda:O().move_to_end(3), lambda:O().pop(1), lambda:O().move_to_end(),lambda: O(a=1).__reduce__()[:4], lambda: O(a=1).keys(), lambda: O(5),lambda:O().__sizeof__(), lambda:O(a=1).__sizeof__()):
  try: print(f())
  except Exception as e: print(type(e).__name__, e)
o=O(a=1,b=2)
for body in ("o.move_to_end(k)","o['c']=1","o['d']=1; o.clear()"):
  try:
    for k in o: exec(body)
  except Exception as e: print(e)
o=O((c,i) for i,c in enumerate('abcde'))
print(o, list(reversed(o)), list(o.items()), list(reversed(o.items())), o.keys(), o.values(), o.items())
o.move_to_end('a'); print(''.join(o)); o.move_to_end('e', last=False); print(''.join(o)); o.move_to_end('e'); print(''.join(o))
print(o.popitem(), o.popitem(last=False), o.popitem(False), o, len(o))
o.setdefault('z', 9); o.pop('z'); print(o.pop('q', 5), o.setdefault('y'), o)
print(O(a=1,b=2)==O(b=2,a=1), O(a=1,b=2)==dict(b=2,a=1), O(a=1)!=O(a=1), O(a=1)==1)
print(O(a=1)|{'b':2}, {'a':0}|O(b=1), type({'a':0}|O(b=1)))
x=O(a=1); x|={'c':3}; x|=[('d',4)]; print(x)
class S(O):
    def __setitem__(self,k,v): print('set',k,v); super().__setitem__(k,v)
    def __delitem__(self,k): print('del',k); super().__delitem__(k)
s=S(a=1,b=2); s.update(c=3); print(s.pop('a'), s.popitem(), s, s.setdefault('q',1)); c=s.copy(); print(type(c), c, repr(S()))
s.attr=5; print(s.__dict__, hasattr(s.copy(),"attr"), s.__reduce__()[:3])
print(O.fromkeys('abc', 1), copy.copy(O(a=1)), copy.deepcopy(O(a=[1])))
r=O(); r['me']=r; print(r)
print(sorted(O(a=1).keys()|O(b=1).keys()), O(a=1).keys() & {'a'}, O(a=1).keys()=={'a'}, O(a=1).items()>={('a',1)})
big=O((i,i) for i in range(2000))
while big: big.popitem(last=False)
for i in range(5000):
    big[i]=i
    if len(big)>100: big.popitem(last=False)
print(len(big), next(iter(big)))
import weakref; w=weakref.ref(big); del big; print(w())
print(isinstance(O(),dict), O.__mro__, O.__module__)
o=O(a=1); it=iter(o); print(type(it).__name__, it.__reduce__()); o.clear(); 
try: print(next(it))
except RuntimeError as e: print(e)
o=O(a=1); del o['a']; print(o); o['x']=1; print({**o}, dict(o), list(o), O(o))
o.__dict__={'t':1}; print(o.t, o.__reduce__()[2])
