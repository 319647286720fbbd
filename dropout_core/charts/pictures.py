"""Images in charts."""

import base64
import io

from jaxtyping import UInt8
from numpy import ndarray
from PIL import Image


def data_url(image: UInt8[ndarray, "h w"]) -> str:
    """Encode the image as a PNG in a data URL, for Vega's image mark. 0 is black and 255 is white."""
    file = io.BytesIO()
    Image.fromarray(image).save(file, "PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()
