# `with`: one and several managers, targets, ways out.


def copy(a, b):
    with open(a) as source, open(b, "w") as target:
        for line in source:
            if not line:
                return target.write("")
            target.write(line)


def locked(lock, items):
    with lock:
        items.append(1)
    for item in items:
        with lock as (x, y), lock as items[0]:
            if x:
                break
            continue
    with (lock as a, lock as items.b):
        pass
    return a
