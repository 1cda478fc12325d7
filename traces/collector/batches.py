"""Batches of records that are loaded, linked to each other and dropped as a whole, beside a table that stays."""


class Record:
    def __init__(self, number, tags):
        self.number = number
        self.tags = tags
        self.next = None


def load(size, first):
    records = [Record(first + place, ["new", str(place)]) for place in range(size)]
    for record, following in zip(records, records[1:] + records[:1]):
        record.next = following
    return records


def main():
    table = {}
    batch = []
    seen = 0
    for round in range(120):
        batch = load(300 + round * 37 % 500, round * 1000)
        seen += len(batch)
        for record in batch[:: 100]:
            table[record.number] = record.tags
    print(seen, len(table))


main()
