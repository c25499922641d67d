"""Every benchmark, one after the other."""

from benchmarks import submit

if __name__ == "__main__":
    submit.main()
