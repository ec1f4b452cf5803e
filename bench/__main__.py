"""Run the benchmarks and print one table."""

from bench import chain, fairness

if __name__ == "__main__":
    chain.main()
    fairness.main()
