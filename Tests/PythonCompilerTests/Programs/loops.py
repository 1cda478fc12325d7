# `for` and `while` with every way out, conditions that jump.


def search(rows, wanted):
    for i, row in enumerate(rows):
        if not row:
            continue
        for j, cell in enumerate(row):
            if cell == wanted and i != j or cell is None:
                break
        else:
            continue
        return i, j
    else:
        return None


def drain(queue, limit):
    count = 0
    while queue:
        item = queue.pop()
        if 0 <= item < limit:
            count += 1
        elif item is not None:
            count -= item if item > 10 else -item
    while True:
        if count > limit:
            break
        count *= 2
    else:
        count = 0
    while 0:
        count = 1
    return count


for x in 1, 2, 3:
    if x % 2:
        pass
    else:
        print(x)
while not x:
    x = [] or {} and ()
