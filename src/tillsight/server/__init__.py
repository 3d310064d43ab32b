"""Both doors in one ASGI app, behind the one middleware that keeps strangers out."""

from tillsight.server.doorkeeper import Doorkeeper
from tillsight.server.serving import listen, serve
from tillsight.server.wiring import create_app

__all__ = ["Doorkeeper", "create_app", "listen", "serve"]
