"""Build the graph, the answers and the page from the study files: the same as `nervegraph build`."""

import sys

try:
    from nervegraph.cli import main
except ModuleNotFoundError as missing:
    sys.exit(f"{missing.name} is not installed for {sys.executable}; run `make graph`, which installs it and builds.")

if __name__ == "__main__":
    sys.argv.insert(1, "build")
    main()
