"""Which containers a reference video may come in, told from the file's first bytes.

libav guesses a format from the content, and some of what it guesses is not a video at all but a
list of other things to open: an SDP session listens on the network, an HLS or concat playlist reads
other files. So nothing is guessed here: a file whose first bytes are not one of the containers below
never reaches libav, whatever its name ends in.
"""

from __future__ import annotations

HEAD_BYTES = 4096  # what `demuxer_for` and `looks_like_playlist` want to see

_TS_PACKET_SIZES = ((188, 0), (192, 4), (204, 0))  # (size, offset of the sync byte): TS, M2TS, TS with FEC
_MP4_FIRST_BOXES = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip")
_PREFIXES = {
    b"\x1a\x45\xdf\xa3": "matroska",  # and WebM: the EBML magic
    b"\x00\x00\x01\xba": "mpeg",  # MPEG program stream: pack header
    b"\x00\x00\x01\xb3": "mpegvideo",  # MPEG-1/2 elementary stream: sequence header
    b"OggS\x00": "ogg",
    b"FLV\x01": "flv",
    b"\x30\x26\xb2\x75\x8e\x66\xcf\x11": "asf",  # WMV: the ASF header object's GUID
}
_PLAYLIST_MARKS = (
    b"#extm3u",  # HLS, M3U
    b"ffconcat",
    b"file ",  # concat without its optional first line
    b"v=0",  # SDP
    b"[playlist]",  # PLS
    b"[reference]",  # Windows Media redirector
    b"<mpd",  # DASH
    b"<smil",
    b"<asx",
    b"<smoothstreamingmedia",
    b"rtsp://",
    b"http://",
    b"https://",
)


def demuxer_for(head: bytes) -> str | None:
    """Return the name of the one libav demuxer that may open a file beginning with `head`, or None."""
    for prefix, demuxer in _PREFIXES.items():
        if head.startswith(prefix):
            return demuxer
    if head[4:8] in _MP4_FIRST_BOXES:
        return "mov"  # MP4, MOV, 3GP: ISO 14496-12, 4.2 (size, then type)
    if head[:4] == b"RIFF" and head[8:12] == b"AVI ":
        return "avi"
    return "mpegts" if _has_transport_sync(head) else None


def looks_like_playlist(head: bytes) -> bool:
    """Return whether `head` is text that names other things to open."""
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    return b"\x00" not in text and any(mark in text for mark in _PLAYLIST_MARKS)


def _has_transport_sync(head: bytes) -> bool:
    """Whether five packets in a row begin with 0x47 (ISO 13818-1, 2.4.3.2)."""
    return any(
        len(head) > 4 * size + offset and all(head[offset + size * packet] == 0x47 for packet in range(5))
        for size, offset in _TS_PACKET_SIZES
    )
