"""How long it takes to check a folder of pictures and to decode it at one size.

    python -m benchmarks.prepare FOLDER CACHE SIZE

Prints JSON: the seconds of both, and how many pictures there are.
"""

import json
import sys
import time
from pathlib import Path

from scenes.data.arrays import load_arrays
from scenes.data.folder import load_folder


def main(folder: str, cache: str, size: str) -> None:
    """Check, decode and print the seconds."""
    began = time.perf_counter()
    dataset = load_folder(Path(folder), cache=Path(cache) / "pictures")
    checked = time.perf_counter()
    load_arrays(dataset, int(size), cache=Path(cache) / "arrays")
    decoded = time.perf_counter()
    pictures = sum(map(len, dataset.splits.values()))
    print(json.dumps({"check": checked - began, "decode": decoded - checked, "pictures": pictures}))


if __name__ == "__main__":
    main(*sys.argv[1:])
