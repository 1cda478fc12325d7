# Every way to change a container, in random order: what the trace says of stores and shifts must fit what was stored before.
import bisect, collections, copy, gc, heapq, itertools

seed = 1


def below(limit):
    global seed
    seed = (seed * 1103515245 + 12345) & 0x7FFFFFFF
    return (seed >> 8) % limit


class Item:
    def __init__(self, number): self.number = number
    def __lt__(self, other): return self.number < other.number
    def __repr__(self): return f"Item({self.number})"


class List(list): pass
class Dict(dict): pass
class Set(set): pass


def new():
    return (below(1000), Item(below(1000)), (below(3), Item(1)), [Item(2)], str(below(99999)), None)[below(6)]


def change_list(items):
    for _ in range(400):
        way, count = below(22), len(items)
        low = below(count + 1)
        high = min(count, low + below(4))
        if way < 5: items.append(new())
        elif way == 5: items.insert(low, new())
        elif way == 6 and count: items.pop(below(count))
        elif way == 7 and count: items.pop(0)
        elif way == 8: items[low:high] = [new() for _ in range(below(5))]
        elif way == 9: del items[low:high]
        elif way == 10 and count: del items[below(count)]
        elif way == 11: items.reverse()
        elif way == 12: items.sort(key=repr, reverse=bool(below(2)))
        elif way == 13: items.extend(new() for _ in range(below(4)))
        elif way == 14: items += [new()]
        elif way == 15 and count < 60: items *= below(3)
        elif way == 16: del items[::2]
        elif way == 17 and count > 3: items[::3] = [new() for _ in items[::3]]
        elif way == 18: items[:] = items[::-1]
        elif way == 19 and count: items[below(count)] = new()
        elif way == 20 and count: items.remove(items[below(count)])
        elif way == 21 and below(9) == 0: items.clear()
        if count > 80: del items[10:70]
    return items


def change_deque(items):
    for _ in range(400):
        way, count = below(14), len(items)
        if way < 3: items.append(new())
        elif way < 6: items.appendleft(new())
        elif way == 6 and count: items.pop()
        elif way == 7 and count: items.popleft()
        elif way == 8: items.rotate(below(5) - 2)
        elif way == 9 and count: items[below(count)] = new()
        elif way == 10 and count: del items[below(count)]
        elif way == 11 and count < 7: items.insert(below(count + 1), new())
        elif way == 12: items.reverse(), items.copy(), items.extend([new()]), items.extendleft([new(), 1])
        elif way == 13 and below(20) == 0: items.clear()
        if count > 50: items.clear()
    return items


def change_dict(table):
    for _ in range(400):
        way = below(13)
        key = (below(30), below(30) + 300, str(below(30)), (below(3), 1))[below(4)]
        if way < 5: table[key] = below(900)
        elif way == 5: table.pop(key, None)
        elif way == 6 and table: table.popitem()
        elif way == 7: table.setdefault(key, 500)
        elif way == 8: table.update({key: 1, (1, key): 2})
        elif way == 9 and key in table: del table[key]
        elif way == 10: copy.copy(table), dict(table)
        elif way == 11 and below(20) == 0: table.clear()
        elif way == 12: table |= {below(5): 1}
    return list(table.items())


def change_set(keys):
    for _ in range(400):
        way, other = below(14), {below(20) + 290 for _ in range(below(12))}
        if way < 4: keys.add(below(40)), keys.add(str(below(30)))
        elif way == 4: keys.discard(below(40))
        elif way == 5 and keys: keys.remove(max(keys, key=repr))
        elif way == 6: keys |= other
        elif way == 7: keys &= other | {str(below(30)) for _ in range(9)}
        elif way == 8: keys -= other
        elif way == 9: keys ^= other
        elif way == 10: keys.copy(), frozenset(keys), keys | other, keys & other, keys - other, keys ^ other
        elif way == 11 and below(9) == 0: keys.clear()
        elif way == 12: keys.intersection_update(other, list(keys))
        elif way == 13: keys.difference_update(other), keys.symmetric_difference_update(list(other)), keys.update("abc")
    return sorted(map(repr, keys))


for items in [], List(): print(change_list(items))
for items in collections.deque(), collections.deque(maxlen=7): print(change_deque(items))
for table in {}, Dict(), collections.OrderedDict(), collections.defaultdict(list): print(change_dict(table))
for keys in set(), Set(): print(change_set(keys))

grown = [3, 1, 2]
try:
    grown.sort(key=lambda item: grown.append(item) or item)
except ValueError as error:
    print(error, grown)
heap = []
for number in range(200):
    if heap and below(3) == 0: heapq.heappop(heap)
    else: heapq.heappush(heap, (below(100), number))
print(heap[:5], len(heap))
sorted_items = []
for _ in range(30): bisect.insort(sorted_items, Item(below(100)))
print(sorted_items)

for lazy in (
        itertools.count(500), itertools.cycle("abc"), itertools.chain([1], (2,), "x"),
        itertools.accumulate([300, 400, 500], initial=1000), itertools.islice(itertools.count(300), 2, 9, 3),
        itertools.zip_longest("ab", "c", fillvalue=Item(3)), itertools.permutations([Item(1), Item(2), Item(3)]),
        itertools.combinations(range(300, 304), 2), itertools.pairwise([Item(1), Item(2), Item(3)]), enumerate("ab", 400)):
    print(list(itertools.islice(lazy, 7)))
for key, group in itertools.groupby(sorted(below(7) * 300 for _ in range(40))):
    if key > 300: print(key, len(list(group)))
first, second = itertools.tee([Item(number) for number in range(4)])
print(next(first), list(second), list(first))

for number in range(20):
    owner = Item(number)
    for place in range(below(40)): setattr(owner, f"n{place}", Item(place))
    owner.number = owner
    owner.__dict__["extra"] = 1
    owner.__dict__ = {"other": Item(1)}
    owner.other = 2
    del owner.other
del owner
gc.collect()
print("unreachable", gc.collect())
