import random
import struct
import zlib
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import ExifTags, Image, ImageCms

from tsunagu.cloud.outcomes import Rejected
from tsunagu.media import encode as encoding
from tsunagu.media.encode import encode

RED, BLUE, WHITE = (254, 0, 0), (0, 0, 254), (255, 255, 255)


def file_of(picture: Image.Image, kind: str = "PNG", **more: Any) -> bytes:
    out = BytesIO()
    picture.save(out, kind, **more)
    return out.getvalue()


def seen(jpeg: bytes) -> Image.Image:
    picture = Image.open(BytesIO(jpeg))
    picture.load()
    assert ("JPEG", "RGB") == (picture.format, picture.mode)
    return picture


def colour(data: bytes, x: int = 8, y: int = 8) -> tuple[int, ...]:
    found = seen(encode(data).original).getpixel((x, y))
    assert isinstance(found, tuple)
    return tuple(int(part) for part in found)


def close(wanted: tuple[int, ...], found: tuple[int, ...]) -> bool:
    return all(abs(one - other) <= 4 for one, other in zip(wanted, found, strict=True))


def refusal(data: bytes) -> str:
    with pytest.raises(Rejected) as refused:
        encode(data)
    return refused.value.reason


@pytest.mark.parametrize(
    ("size", "original", "preview"),
    [
        ((4_000, 3_000), (2_048, 1_536), (1_024, 768)),
        ((1_000, 3_000), (683, 2_048), (341, 1_024)),
        ((640, 480), (640, 480), (640, 480)),
        ((1, 1), (1, 1), (1, 1)),
        ((3_000, 1), (2_048, 1), (1_024, 1)),
    ],
)
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_two_pictures_within_lines_sizes(
    kind: str, size: tuple[int, int], original: tuple[int, int], preview: tuple[int, int]
) -> None:
    encoded = encode(file_of(Image.new("RGB", size, RED), kind))
    assert (original, preview) == (seen(encoded.original).size, seen(encoded.preview).size)


def test_even_noise_stays_below_what_line_takes() -> None:
    noise = Image.frombytes("RGB", (2_048, 2_048), random.Random(1).randbytes(2_048 * 2_048 * 3))
    encoded = encode(file_of(noise, "JPEG", quality=70))
    assert (True, True) == (len(encoded.original) <= 10_000_000, len(encoded.preview) <= 1_000_000)


def test_a_photo_is_turned_upright() -> None:
    photo = Image.new("RGB", (400, 200), RED)
    photo.paste(BLUE, (0, 0, 200, 200))
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6  # to be turned clockwise: left becomes top
    upright = seen(encode(file_of(photo, "JPEG", exif=exif)).preview)
    assert (200, 400) == upright.size
    assert True is close(BLUE, upright.getpixel((100, 20)))  # type: ignore[arg-type]
    assert True is close(RED, upright.getpixel((100, 380)))  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_neither_place_nor_time_nor_words_of_a_photo_go_out(kind: str) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "canary-camera"
    exif[ExifTags.Base.DateTime] = "2026:11:01 09:00:00"
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitude] = (32.0, 48.0, 11.0)
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    told: dict[str, Any] = {"exif": exif, "icc_profile": srgb, "xmp": b"<x:xmpmeta>canary-xmp</x:xmpmeta>"}
    if kind == "JPEG":
        told["comment"] = b"canary-comment"
    file = file_of(Image.new("RGB", (64, 64), RED), kind, **told)
    assert True is (b"canary-camera" in file)
    encoded = encode(file)
    for jpeg in (encoded.original, encoded.preview):
        assert {"jfif", "jfif_version", "jfif_unit", "jfif_density"} == set(seen(jpeg).info)
        assert ({}, False) == (dict(seen(jpeg).getexif()), b"canary" in jpeg)


@pytest.mark.parametrize(
    ("mode", "clear"), [("RGBA", (255, 0, 0, 0)), ("LA", (0, 0)), ("P", 3)], ids=lambda given: str(given)
)
def test_what_is_transparent_is_white(mode: str, clear: Any) -> None:
    picture = Image.new(mode, (32, 32), clear)
    more: dict[str, Any] = {"transparency": 3} if mode == "P" else {}
    if mode == "P":
        picture.putpalette([0, 0, 200] * 256)
    assert WHITE == colour(file_of(picture, **more))


def test_what_is_half_transparent_is_mixed_with_white() -> None:
    assert True is close((255, 127, 127), colour(file_of(Image.new("RGBA", (32, 32), (255, 0, 0, 128)))))


@pytest.mark.parametrize(
    ("picture", "kind", "shows"),
    [
        (Image.new("CMYK", (32, 32), (0, 255, 255, 0)), "JPEG", RED),
        (Image.new("I;16", (32, 32), 32_768), "PNG", (128, 128, 128)),
        (Image.new("L", (32, 32), 90), "PNG", (90, 90, 90)),
        (Image.new("1", (32, 32), 1), "PNG", WHITE),
        (Image.new("P", (32, 32), 0), "BMP", (0, 0, 0)),
        (Image.new("RGB", (32, 32), RED), "WEBP", RED),
    ],
    ids=lambda given: given.mode if isinstance(given, Image.Image) else None,
)
def test_every_kind_of_colour_is_understood(picture: Image.Image, kind: str, shows: tuple[int, ...]) -> None:
    more: dict[str, Any] = {"lossless": True} if kind == "WEBP" else {}
    assert True is close(shows, colour(file_of(picture, kind, **more)))


def test_of_an_animation_the_first_picture_is_shown() -> None:
    frames = [Image.new("RGB", (32, 32), each) for each in (RED, BLUE)]
    assert True is close(RED, colour(file_of(frames[0], "GIF", save_all=True, append_images=frames[1:])))


def test_colours_are_those_of_the_files_profile() -> None:
    """The same numbers mean another red in a profile whose red and green are exchanged."""
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    red, green = srgb.index(b"rXYZ"), srgb.index(b"gXYZ")
    exchanged = bytearray(srgb)
    exchanged[red : red + 4], exchanged[green : green + 4] = b"gXYZ", b"rXYZ"
    for picture in (Image.new("RGB", (32, 32), (250, 10, 10)), Image.new("RGBA", (32, 32), (250, 10, 10, 255))):
        shows = colour(file_of(picture, icc_profile=bytes(exchanged)))
        assert True is (shows[1] > 200 > shows[0]), shows


def test_a_broken_profile_breaks_no_picture() -> None:
    assert True is close(RED, colour(file_of(Image.new("RGB", (32, 32), RED), icc_profile=b"no profile")))


def test_what_is_no_picture_is_refused_in_plain_words() -> None:
    assert "ファイルが空です。 The file is empty." == refusal(b"")
    text_named_jpg, half_a_webp = "これはテキストです".encode(), file_of(_SAMPLE, "WEBP")[:60]
    tiff, half_signatures = b"II*\0\x08\0\0\0", (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")
    for other in (text_named_jpg, half_a_webp, b"%PDF-1.7\n", tiff, *half_signatures):
        assert "画像として読めないファイルです。" == refusal(other)[:16]
    assert True is ("JPEG で保存してから" in refusal(b"\0\0\0\x24ftypheic\0\0\0\0mif1heic"))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "BMP"])
def test_a_file_that_is_cut_off_is_refused(kind: str) -> None:
    noise = Image.frombytes("RGB", (64, 64), random.Random(2).randbytes(64 * 64 * 3))
    whole = file_of(noise, kind)
    assert True is ("途中で切れているか" in refusal(whole[: len(whole) // 2]))


def test_ten_megabytes_are_taken_and_no_more() -> None:
    small = file_of(Image.new("RGB", (32, 32), RED), "BMP")
    assert True is close(RED, colour(small + b"\0" * (10 * 1024 * 1024 - len(small))))
    assert True is ("（10.0 MB）。10 MB 以下の画像" in refusal(small + b"\0" * (10 * 1024 * 1024 - len(small) + 1)))


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    for size in ((60_000, 60_000), (5_001, 10_000)):
        assert True is ("縦横が大きすぎます（5,000 万画素まで）" in refusal(_declares(*size)))


def _declares(width: int, height: int) -> bytes:
    """A tiny PNG whose header promises this many pixels."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(4_096))) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


_SAMPLE = Image.frombytes("RGB", (16, 16), random.Random(3).randbytes(16 * 16 * 3))
SAMPLES = [file_of(_SAMPLE, kind) for kind in encoding.FORMATS]


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(SAMPLES), st.data())
def test_whatever_is_done_to_a_file_it_is_two_pictures_or_a_refusal(sample: bytes, data: st.DataObject) -> None:
    changed = bytearray(sample)
    places = st.lists(st.tuples(st.integers(0, len(sample) - 1), st.integers(0, 255)), min_size=1, max_size=8)
    for place, value in data.draw(places):
        changed[place] = value
    try:
        encoded = encode(bytes(changed))
    except Rejected:
        return
    assert True is (max(seen(encoded.original).size) <= 2_048 and max(seen(encoded.preview).size) <= 1_024)
