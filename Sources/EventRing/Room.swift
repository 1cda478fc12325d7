// Room of EventRing.
