"""How long it takes to compute the ids of a report's runs, the code that they follow read anew.

    python -m benchmarks.ids REPORT PICTURES STORE

Prints JSON: the seconds of computing, and how many runs there are.
"""

import json
import sys
import time
from pathlib import Path

from rich.console import Console

from scenes.app.request import Request, open_request


def main(report: str, pictures: str, store: str) -> None:
    """Plan the report, with nothing recorded, and print the seconds."""
    request = Request(Path(report), data=pictures, store=Path(store), weights={"": "random"})
    opened = open_request(request, Console(stderr=True))
    began = time.process_time()
    plan = opened.plan(opened.report)
    print(json.dumps({"seconds": time.process_time() - began, "runs": len(plan.runs)}))


if __name__ == "__main__":
    main(*sys.argv[1:])
