# Words are counted; after the change `normalize` makes a list of each word first.
def normalize(word):
    return word.lower()


def count(words):
    table = {}
    for word in words:
        key = normalize(word)
        table[key] = table.get(key, 0) + 1
    return table


print(len(count(["Alpha", "beta", "Gamma"] * 500)))
