"""A cached function whose argument is a new object each time."""
import functools


class Query:
    def __init__(self, table, limit):
        self.table = table
        self.limit = limit

    def text(self):
        return f"select * from {self.table} limit {self.limit}"


@functools.lru_cache(maxsize=None)
def plan(query):
    return tuple(query.text().split())


class Connection:
    def __init__(self):
        self.count = 0

    def run(self, query):
        self.count += 1
        return plan(query)[3]


def handle(connection, number):
    query = Query(f"table{number % 9}", number % 50)
    return connection.run(query)


def main():
    connection = Connection()
    seen = set()
    for number in range(3500):
        seen.add(handle(connection, number))
    print(len(seen), connection.count)


main()
