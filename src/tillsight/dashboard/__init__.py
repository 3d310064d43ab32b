"""Door: browser. Pages ask the API over HTTP, as the person who is looking."""

from tillsight import formats as formats
from tillsight import languages as languages
