"""The last 500 measurements in a deque with a bound, sums by hour, and objects that die one by one."""

import collections


class Measurement:
    def __init__(self, number):
        self.number = number
        self.value = number * 7 % 1013


recent = collections.deque(maxlen=500)
by_hour = {hour: 0 for hour in range(24)}


def handle(number):
    measurement = Measurement(number)
    recent.append(measurement)
    by_hour[number % 24] += measurement.value
    return measurement.value


if __name__ == "__main__":
    print(sum(handle(number) for number in range(5000)), len(recent))
