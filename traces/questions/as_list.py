def squares(count):
    return [number * number for number in range(1000, 1000 + count)]


print(sum(squares(50_000)))
