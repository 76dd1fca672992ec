"""A local AWS endpoint for a whole deployment: moto's server, and what it lacks.

Usage: endpoint.py PORT

What it cannot show: whether AWS accepts a value (cfn-lint checks that), quotas, rights (it asks nobody who they are), the order
and the time of things, and whether anything can be reached in a network. Its Kafka and its mappings are descriptions only.
"""

import os
import sys
import threading

from moto.server import main

PORT = sys.argv[1]
os.environ["LOCAL_AWS_URL"] = f"http://127.0.0.1:{PORT}"

# Each extends moto when it is imported.
import custom_resources  # noqa: E402, F401
import http_api  # noqa: E402, F401
import mappings  # noqa: E402, F401
import msk  # noqa: E402, F401
import others  # noqa: E402, F401
import outcomes  # noqa: E402, F401
import scram  # noqa: E402, F401
import stacks  # noqa: E402, F401


def end_with_parent() -> None:
    """Standard input ends when the process that started this one ends, however it does."""
    sys.stdin.read()
    os._exit(0)


threading.Thread(target=end_with_parent, daemon=True).start()
main(["--host", "127.0.0.1", "--port", PORT])
