"""Remembers every answer in a closure's dict; a question is never asked twice."""


class Answer:
    def __init__(self, text):
        self.text = text


def remembered(function):
    answers = {}

    def wrapper(question):
        if question not in answers:
            answers[question] = function(question)
        return answers[question]

    return wrapper


@remembered
def solve(question):
    return Answer(f"answer {question * 17 % 1009}")


def handle(number):
    return len(solve(number).text)


if __name__ == "__main__":
    print(sum(handle(number) for number in range(3000)))
