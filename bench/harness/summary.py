"""Medians, ratios and geometric means over what was measured."""
import math
import statistics

METRICS = ('wall', 'cpu', 'peak_kib')


class Results:
    """Samples by (allocator, workload)."""

    def __init__(self):
        self.samples = {}

    def add(self, allocator, workload, sample):
        self.samples.setdefault((allocator, workload), []).append(sample)

    def failure(self, allocator, workload):
        """What went wrong in any round; '' when all went well, 'not run' when there was none."""
        samples = self.samples.get((allocator, workload))
        if not samples:
            return 'not run'
        return next((sample.failure for sample in samples if sample.failure), '')

    def median(self, allocator, workload, metric):
        """None where a round failed."""
        if self.failure(allocator, workload):
            return None
        return statistics.median(getattr(s, metric) for s in self.samples[allocator, workload])

    def spread(self, allocator, workload, metric):
        """Half of (most - least), relative to the median."""
        values = [getattr(s, metric) for s in self.samples[allocator, workload]]
        middle = statistics.median(values)
        return (max(values) - min(values)) / 2 / middle if middle else 0.0

    def ratio(self, allocator, workload, metric, base='glibc'):
        own, other = self.median(allocator, workload, metric), self.median(base, workload, metric)
        return own / other if own is not None and other else None


def geometric_mean(values):
    values = list(values)
    return math.exp(sum(map(math.log, values)) / len(values)) if values else None


def means(results, allocators, workloads, metric):
    """({allocator: mean or None}, the workloads it is over).

    The set is what all of the ranked allocators finish; ranked are those that finish at least two workloads in three.
    The others have no mean: their few finished workloads would be another set.
    """
    ratios = {a: {w: results.ratio(a, w, metric) for w in workloads} for a in allocators}
    ranked = [a for a in allocators if sum(r is not None for r in ratios[a].values()) * 3 >= len(workloads) * 2]
    common = [w for w in workloads if all(ratios[a][w] is not None for a in ranked)]
    return {a: geometric_mean(ratios[a][w] for w in common) if a in ranked else None for a in allocators}, common
