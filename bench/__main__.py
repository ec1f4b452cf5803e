"""Run the benchmarks, short, and print their tables."""

from bench import (
    cold_start,
    collisions,
    cost,
    decider,
    expressions,
    fairness,
    families,
    latency,
    prediction,
    scale,
    shapes,
)
from bench.machine import described

if __name__ == "__main__":
    print(described())
    shapes.main()
    cost.main()
    collisions.main()
    scale.main()
    decider.main()
    expressions.main()
    fairness.main()
    cold_start.main()
    latency.main()
    prediction.main()
    families.main()
