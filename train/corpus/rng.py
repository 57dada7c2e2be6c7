"""A small random number generator of our own (splitmix64).

Python's `random` may change its methods between versions; the corpus must not, since the shipped weights are
reproduced from it. Integers only, so that no floating-point rounding can matter either.
"""

_MASK = (1 << 64) - 1
_GOLDEN = 0x9E3779B97F4A7C15


def _mix(z):
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _MASK
    return z ^ (z >> 31)


class Rng:
    """A stream of numbers that depends on its keys alone: Rng(seed, index, attempt)."""

    __slots__ = ("state",)

    def __init__(self, *keys):
        state = 0
        for key in keys:
            state = _mix((state + _GOLDEN + (key & _MASK)) & _MASK)
        self.state = state

    def below(self, n):
        """An integer in [0, n); the bias, under n / 2**40, is of no matter here."""
        z = self.state = (self.state + _GOLDEN) & _MASK
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _MASK
        return (((z ^ (z >> 31)) >> 24) * n) >> 40

    def pick(self, items):
        return items[self.below(len(items))]

    def chance(self, percent):
        return self.below(100) < percent

    def sample(self, items, count):
        """`count` different items, in random order."""
        left = list(items)
        return [left.pop(self.below(len(left))) for _ in range(min(count, len(left)))]

    def weighted(self, pairs):
        """One of the keys of [(key, weight), ...]."""
        at = self.below(sum(weight for _, weight in pairs))
        for key, weight in pairs:
            at -= weight
            if at < 0:
                return key
        raise AssertionError("unreachable")
