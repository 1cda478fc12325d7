"""A client that remembers what went wrong, as text."""


class Failure(Exception):
    pass


class Reply:
    def __init__(self, number):
        self.number = number
        self.lines = [f"line {number}.{line}" for line in range(12)]


class Client:
    def __init__(self):
        self.failures = []
        self.good = 0

    def receive(self, number):
        return Reply(number)

    def examine(self, reply):
        if reply.number % 5 == 0:
            raise Failure(f"reply {reply.number}")
        return len(reply.lines)

    def ask(self, number):
        reply = self.receive(number)
        try:
            self.good += self.examine(reply)
        except Failure as failure:
            self.failures.append(str(failure))


client = Client()
for number in range(1500):
    client.ask(number)
print(client.good, len(client.failures))
