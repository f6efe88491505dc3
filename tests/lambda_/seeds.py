"""Find where the search of each bug should begin, for SEEDS: `python -m tests.lambda_.seeds [NAME...]`.

A change of the histories changes what each seed finds, and a seed that no longer finds its bug costs
thousands of histories in every run of the tests.
"""

from __future__ import annotations

import sys

from tests.lambda_.mutations import MUTATIONS
from tests.lambda_.player import FEW, JOBS, first_breach

MOST, ENOUGH = 60, 8
"""The seeds that are tried, and the number of histories with which one is good."""


def main(names: list[str]) -> None:
    """Print the best seed of each mutation, with the number of histories that it takes."""
    for name in names or MUTATIONS:
        best = (FEW + 1, 0)
        for seeded in range(MOST):
            played, found = first_breach(MUTATIONS[name], FEW, seeded, world=JOBS)
            best = min(best, (played if found else FEW + 1, seeded))
            if best[0] <= ENOUGH:
                break
        sys.stdout.write(f'"{name}": {best[1]},  # {best[0]} histories\n')


if __name__ == "__main__":
    main(sys.argv[1:])
