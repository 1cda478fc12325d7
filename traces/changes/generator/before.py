# The first match is looked for; after the change the generator is run to its end.
def numbers(limit):
    for i in range(limit):
        yield i


def search(wanted):
    for number in numbers(400):
        if number == wanted:
            return number


print(sum(search(i) for i in range(20)))
