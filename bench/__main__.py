"""Run the benchmarks and print one table."""

from bench import cold_start, fairness, shapes

if __name__ == "__main__":
    shapes.main()
    fairness.main()
    cold_start.main()
