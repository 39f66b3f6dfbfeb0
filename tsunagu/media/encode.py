"""Somebody's file becomes the two JPEGs that LINE shows: drawn anew, so that nothing else of the file is left.

Limits of LINE's image message (LINE Developers, Messaging API reference): JPEG or PNG, 10 MB, and 1 MB for the preview.
A chat is about 1,000 pixels wide; what is opened fills a screen of 2,000.
"""

import threading
from dataclasses import dataclass
from io import BytesIO

from PIL import Image, ImageCms, ImageOps

from tsunagu.cloud.outcomes import Rejected

UPLOAD_LIMIT = 10 * 1024 * 1024  # bytes, as computers show a file's "10 MB"
ORIGINAL_SIDE, ORIGINAL_LIMIT = 2_048, 10_000_000  # pixels; bytes
PREVIEW_SIDE, PREVIEW_LIMIT = 1_024, 1_000_000
# 450 MB of memory while it is drawn, in a console of 1 GiB; more than a phone's photo has.
PIXELS_LIMIT = 50_000_000
FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "BMP")  # no more decoders than people need
QUALITIES = (90, 80, 65, 45)  # the first that fits; only noise needs another than the first
HEIC_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1", b"avif")

_one_at_a_time = threading.Lock()  # one large picture fits into a console's memory, eight do not


@dataclass(frozen=True)
class Encoded:
    """JPEGs without any metadata."""

    original: bytes
    preview: bytes


def encode(data: bytes) -> Encoded:
    """Raises Rejected, with a sentence for whoever chose the file.

    Turned upright, in sRGB, on white where it was transparent; of an animation, its first picture.
    """
    if not data:
        raise Rejected("ファイルが空です。 The file is empty.")
    if len(data) > UPLOAD_LIMIT:
        raise Rejected(
            f"ファイルが大きすぎます（{_mb(len(data))}）。10 MB 以下の画像を選んでください。"
            f" The file is too large ({_mb(len(data))}). Please choose a picture of at most 10 MB."
        )
    with _one_at_a_time:
        picture = _drawn(data)
    return Encoded(
        _jpeg(picture, ORIGINAL_SIDE, ORIGINAL_LIMIT),
        _jpeg(picture, PREVIEW_SIDE, PREVIEW_LIMIT),
    )


def _drawn(data: bytes) -> Image.Image:
    """The picture at most as large as the original will be, in RGB, with nothing attached."""
    try:
        opened = Image.open(BytesIO(data), formats=FORMATS)
    except Image.DecompressionBombError as error:
        raise _too_many_pixels() from error
    except Exception as error:
        raise _no_picture(data) from error
    if opened.width * opened.height > PIXELS_LIMIT:
        raise _too_many_pixels()
    try:
        return _on_white(_upright(opened))
    except Exception as error:
        # Whatever a decoder makes of a broken or a malicious file; there is no list of what they raise.
        raise Rejected(
            "画像が途中で切れているか、壊れています。もう一度保存してから選んでください。"
            " The picture is cut off or damaged. Please save it again and choose the new file."
        ) from error


def _too_many_pixels() -> Rejected:
    return Rejected(
        f"画像の縦横が大きすぎます（{PIXELS_LIMIT // 10_000:,} 万画素まで）。縮小してから選んでください。"
        f" The picture is too wide and high (at most {PIXELS_LIMIT // 1_000_000} million pixels)."
        " Please make it smaller first."
    )


def _no_picture(data: bytes) -> Rejected:
    if data[4:8] == b"ftyp" and data[8:12] in HEIC_BRANDS:
        return Rejected(
            "この写真の形式（HEIC・AVIF）は LINE で表示できません。JPEG で保存してから選んでください。"
            " LINE cannot show pictures in this format (HEIC or AVIF). Please save it as JPEG and choose that file."
        )
    return Rejected(
        "画像として読めないファイルです。JPEG、PNG、GIF、WebP、BMP の画像を選んでください。"
        " This file is not a picture that we can read. Please choose a JPEG, PNG, GIF, WebP or BMP picture."
    )


def _upright(opened: Image.Image) -> Image.Image:
    share = min(1.0, ORIGINAL_SIDE / max(opened.size))
    # A JPEG is decoded no larger than it will be.
    opened.draft(None, (max(1, round(opened.width * share)), max(1, round(opened.height * share))))
    ImageOps.exif_transpose(opened, in_place=True)
    return opened


def _on_white(picture: Image.Image) -> Image.Image:
    profile = picture.info.get("icc_profile")
    if picture.mode.startswith("I"):
        picture = picture.point(lambda value: value * (1 / 256)).convert("L")  # 16 bits a pixel; convert() would cut
    wanted = "RGBA" if picture.has_transparency_data else "RGB" if picture.mode in ("1", "P") else picture.mode
    if wanted != picture.mode:
        picture = picture.convert(wanted)
    picture.thumbnail((ORIGINAL_SIDE, ORIGINAL_SIDE), Image.Resampling.LANCZOS)
    if picture.mode == "CMYK":
        picture = _in_srgb(picture, profile).convert("RGB")
        profile = None
    page = Image.new("RGB", picture.size, "white")
    if picture.mode == "RGBA":
        page.paste(picture, mask=picture.getchannel("A"))
    else:
        page.paste(picture.convert("RGB"))
    return _in_srgb(page, profile)


def _in_srgb(picture: Image.Image, profile: bytes | None) -> Image.Image:
    """Colours as they were meant: the profile, which phones and print shops add, does not go out."""
    if not profile:
        return picture
    try:
        source = ImageCms.ImageCmsProfile(BytesIO(profile))
        turned = ImageCms.profileToProfile(picture, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError):
        return picture  # a wrong profile is not a wrong picture
    assert turned is not None
    turned.info.clear()
    return turned


def _jpeg(picture: Image.Image, side: int, limit: int) -> bytes:
    small = picture.copy()
    small.thumbnail((side, side), Image.Resampling.LANCZOS)
    for quality in QUALITIES:
        out = BytesIO()
        # 4:4:4, so that the coloured letters of a poster stay sharp.
        small.save(out, "JPEG", quality=quality, subsampling="4:4:4")
        if out.tell() <= limit:
            return out.getvalue()
    raise AssertionError(f"{small.size} pixels do not fit into {limit:,} bytes at quality {QUALITIES[-1]}")


def _mb(size: int) -> str:
    return f"{size / 1024 / 1024:.1f} MB"
