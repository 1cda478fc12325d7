# Lists, dicts, sets, tuples and deques that grow, shrink, are sorted, copied and emptied.
from collections import deque


class Item:
    def __init__(self, number):
        self.number = number
        self.label = "item " + str(number)


items = []
by_number = {}
groups = set()
recent = deque(maxlen=50)
for round in range(40):
    for i in range(60):
        item = Item(round * 1000 + i)
        items.append(item)
        by_number[item.number] = item
        by_number[(round, i)] = [item, item.label]
        groups.add((round, i % 7))
        recent.append(item)
    if round % 3 == 2:
        items.sort(key=lambda item: -item.number)
        del items[10:50]
        items.insert(5, items.pop())
        items[3:6] = [items[7], items[8]]
        items.reverse()
        recent.rotate(7)
        recent.popleft()
    if round % 4 == 3:
        for key in [key for key in by_number if isinstance(key, int)][:100]:
            del by_number[key]
        groups -= {(round - 1, i) for i in range(7)}
        table = dict(by_number)
        table.update({"a": 1, "b": items[:3]})
        by_number.setdefault("tables", []).append(table)
        by_number.pop("tables") if round % 8 == 7 else None
    if round % 10 == 9:
        items = items[:30] + [None] * 3
        items.extend(range(1000, 1010))
        items = [item for item in items if isinstance(item, Item)]
        data = bytearray(b"abc")
        data += bytes(round * 10)
print(len(items), len(by_number), len(groups), len(recent))
