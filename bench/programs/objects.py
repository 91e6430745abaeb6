"""Python objects: a priority queue of events, each an object with a dictionary, strings and a list."""
import heapq
import random


class Event:
    def __init__(self, at, name):
        self.at = at
        self.name = name
        self.notes = [name[:2], str(at)]

    def __lt__(self, other):
        return self.at < other.at


source = random.Random(1)
queue = [Event(source.randrange(1000), f'event {n}') for n in range(2000)]
heapq.heapify(queue)
total = 0
for step in range(160_000):
    event = heapq.heappop(queue)
    total += event.at + len(event.notes)
    heapq.heappush(queue, Event(event.at + source.randrange(1, 1000), event.name + event.notes[1])
                   if step % 7 else Event(event.at + 1, f'new {step}'))
print(total, sum(len(event.name) for event in queue))
