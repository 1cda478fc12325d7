# The order of a set difference: a large set is copied and loses what the small one has, else what stays is added one by one.
numbers = [(i * 7919 + 13) % 1000 for i in range(40)]
for size in (5, 9, 20, 33, 40):
    whole = set(numbers[:size])
    for taken in (1, 3, 8):
        part = set(numbers[:taken])
        print(size, taken, list(whole - part), list(whole.difference(part)), list(frozenset(whole) - part), list(whole - dict.fromkeys(part).keys()))
