"""Readings by sensor: few lists, each of which grows."""


class Reading:
    __slots__ = ("sensor", "value")

    def __init__(self, sensor, value):
        self.sensor = sensor
        self.value = value


class Station:
    def __init__(self):
        self.by_sensor = {}

    def take(self, sensor, value):
        reading = Reading(sensor, value)
        self.by_sensor.setdefault(sensor, []).append(reading)
        return reading


def handle(station, number):
    return station.take("nesw"[number % 4], float(number)).value


station = Station()
total = 0.0
for number in range(3000):
    total += handle(station, number)
print(total)
