"""The last error of every client is kept with its traceback, whose frames keep the bodies."""


class Refused(Exception):
    pass


class Request:
    def __init__(self, number):
        self.number = number
        self.body = [f"line {number} {line}" for line in range(6)]


errors = {}


def check(request):
    if request.number % 3 == 0:
        raise Refused(f"request {request.number}")
    return len(request.body)


def handle(number):
    request = Request(number)
    try:
        return check(request)
    except Refused as error:
        errors[f"client{number}"] = error
        return 0


if __name__ == "__main__":
    print(sum(handle(number) for number in range(3000)), len(errors))
