"""Run the benchmarks and print one table."""

from bench import chain, cold_start, fairness

if __name__ == "__main__":
    chain.main()
    fairness.main()
    cold_start.main()
