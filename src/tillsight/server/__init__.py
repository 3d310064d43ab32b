"""Both doors in one ASGI app, behind the one middleware that keeps strangers out."""

from tillsight.server.doorkeeper import Doorkeeper
from tillsight.server.serving import end_when_told, listen, serve
from tillsight.server.wiring import create_app

__all__ = ["Doorkeeper", "create_app", "end_when_told", "listen", "serve"]
