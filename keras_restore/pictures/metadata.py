"""What a picture's file says beside its pixels."""

import dataclasses

from PIL import Image

ORIENTATION = 0x0112
EXIF_POINTER, GPS_POINTER = 34665, 34853
PIXEL_WIDTH, PIXEL_HEIGHT = 40962, 40963
# An offset within the old file.
INTEROPERABILITY = 40965
# Description, make, model, software, date, artist, copyright.
DESCRIPTIVE = (270, 271, 272, 305, 306, 315, 33432)


@dataclasses.dataclass
class Metadata:
    """What is kept of a file.

    Attributes:
        exif: `PIL.Image.Exif` or None, without the orientation.
        icc_profile: Bytes or None.
        dpi: Pair (horizontal, vertical) or None.
        subsampling: Chroma subsampling of a JPEG file as Pillow numbers it (0 is 4:4:4, 1
            4:2:2, 2 4:2:0), None for other files.
        quality: Of a JPEG file, 1 to 100, see `keras_restore.ops.jpeg_tables.jpeg_quality`; None
            for other files.
    """

    exif: Image.Exif | None = None
    icc_profile: bytes | None = None
    dpi: tuple | None = None
    subsampling: int | None = None
    quality: int | None = None

    def exif_bytes(self):
        """The EXIF block, or nothing."""
        return self.exif.tobytes() if self.exif else b""

    def as_info(self):
        """The entries of a Pillow image's `info`."""
        info = {"exif": self.exif_bytes(), "icc_profile": self.icc_profile, "dpi": self.dpi}
        return {key: value for key, value in info.items() if value}

    def set_size(self, height, width):
        """Puts the restored picture's size where EXIF says the old one."""
        if self.exif:
            details = self.exif.get_ifd(EXIF_POINTER)
            for tag, side in ((PIXEL_WIDTH, width), (PIXEL_HEIGHT, height)):
                if tag in details:
                    details[tag] = side


def metadata_of(image):
    """Collects the metadata of an upright Pillow image.

    Args:
        image: `PIL.Image.Image`; of a file or after `ImageOps.exif_transpose`.

    Returns:
        `Metadata`.

    Example:

    >>> metadata = metadata_of(Image.open("photo.jpg"))
    """
    return Metadata(
        exif=_descriptive_exif(image),
        icc_profile=image.info.get("icc_profile") or None,
        dpi=_dpi(image),
    )


def _descriptive_exif(image):
    """EXIF without what describes how the pixels are stored (a TIFF file has both in one)."""
    try:
        stored = image.getexif()
        exif = Image.Exif()
        for tag, value in stored.items():
            if tag in DESCRIPTIVE or (image.format != "TIFF" and tag not in _STRUCTURE):
                exif[tag] = value
        for pointer in (EXIF_POINTER, GPS_POINTER):
            details = stored.get_ifd(pointer)
            if details:
                copied = exif.get_ifd(pointer)
                copied.update({tag: v for tag, v in details.items() if tag != INTEROPERABILITY})
                exif[pointer] = copied
        exif.tobytes()  # refuses values of other types than their tags'
        return exif if len(exif) else None
    except Exception:
        # EXIF written by cameras is often damaged; the picture is not.
        return None


_STRUCTURE = frozenset(
    (ORIENTATION, EXIF_POINTER, GPS_POINTER, 256, 257, 258, 259, 262, 273, 277, 278, 279, 284)
)


def _dpi(image):
    dpi = image.info.get("dpi")
    try:
        horizontal, vertical = (float(value) for value in dpi)
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    return (horizontal, vertical) if 0 < horizontal < 1e6 and 0 < vertical < 1e6 else None
