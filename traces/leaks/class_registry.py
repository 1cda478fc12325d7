"""Every session enters itself into a list of its class and is never taken out."""


class Session:
    all = []

    def __init__(self, user):
        self.user = user
        self.steps = []
        Session.all.append(self)

    def step(self, name):
        self.steps.append(name)


def open_session(number):
    session = Session(f"user{number % 50}")
    session.step("login")
    return session


def handle(number):
    session = open_session(number)
    session.step("logout")
    return len(session.steps)


if __name__ == "__main__":
    total = 0
    for number in range(2500):
        total += handle(number)
    print(total)
