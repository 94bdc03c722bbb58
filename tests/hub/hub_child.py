"""
A hub in a process of its own, to be killed: python hub_child.py DIRECTORY.

Says its port on standard output when it listens, and folds all the time beside the door.
"""

import socket
import sys
import threading
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from isdas.enrich.config import Config as EnrichConfig
from isdas.enrich.region import open_lookups
from isdas.hub.api import sensor_api
from isdas.hub.authority import signing_key
from isdas.hub.config import Config
from isdas.hub.door import Door
from isdas.lake.config import Config as LakeConfig
from isdas.lake.lake import Lake


def main() -> None:
    """Listen until killed."""
    data = Path(sys.argv[1])
    lake, key = Lake(data, LakeConfig(threads=1), patience_s=60), signing_key(data)
    door = Door(lake, open_lookups(EnrichConfig()), key, Config(group_seconds=0.02, least_free_mb=0))
    app = FastAPI()
    app.include_router(sensor_api(lake, door, key))
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off"))
    door.start()
    threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True).start()
    sys.stdout.write(f"{listener.getsockname()[1]}\n")
    sys.stdout.flush()
    # A fold that follows at once would leave the door little time between.
    while not threading.Event().wait(0.1):
        lake.fold()


if __name__ == "__main__":
    main()
