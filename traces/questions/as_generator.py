def squares(count):
    for number in range(1000, 1000 + count):
        yield number * number


print(sum(squares(50_000)))
