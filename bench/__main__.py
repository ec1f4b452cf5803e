"""Run the benchmarks and print one table."""

from bench import cold_start, fairness, latency, prediction, shapes

if __name__ == "__main__":
    shapes.main()
    fairness.main()
    cold_start.main()
    latency.main()
    prediction.main()
