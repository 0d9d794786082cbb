"""A request while it arrives: gunicorn's own parser on what is there, and never a wait for what is not."""

import re
from io import SEEK_END

from gunicorn.config import Config
from gunicorn.http.body import Body, LengthReader
from gunicorn.http.errors import (
    ChunkMissingTerminator,
    InvalidChunkSize,
    LimitRequestHeaders,
    NoMoreData,
    ParseException,
)
from gunicorn.http.message import Request
from gunicorn.http.parser import RequestParser

HEAD_LIMIT_BYTES = 64 * 1024
BODY_LIMIT_BYTES = 1024 * 1024
"""What is longer than this is refused: no more of it is kept."""

_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\r\n]{0,256})?\r\n")
_LONGEST_CHUNK_SIZE = 300
_LINE_END = b"\r\n"


class BodyTooLong(ParseException):
    """Chunks that together are longer than a body may be; of a length that is told beforehand the app says so."""


class Arrival(RequestParser):
    """What has arrived on one connection: `begin`, then `take` until it is a whole request, then `next` has it."""

    def __init__(self, cfg: Config, client: object) -> None:
        super().__init__(cfg, (), client)

    def begin(self) -> None:
        """Expect another request; of what came too early for the last one nothing is lost."""
        self.mesg = None
        self.req_count += 1
        self.held_bytes = self._left_bytes()
        self._has_tried = False
        self._unchunked = bytearray()

    @property
    def has_head(self) -> bool:
        return self.mesg is not None

    def take(self, data: bytes) -> bool:
        """Whether with this the request is whole, or longer than it may be; raises ParseException for what is none."""
        self.unreader.buf.seek(0, SEEK_END)
        self.unreader.buf.write(data)
        self.held_bytes += len(data)
        request = self.mesg or self._read_head()
        return request is not None and self._has_body_of(request)

    def is_waited_for(self) -> bool:
        """Whether the caller wants to be asked for the body, once."""
        waits = self.mesg is not None and self.mesg._expected_100_continue
        if self.mesg is not None:
            self.mesg._expected_100_continue = False
        return waits

    def __next__(self) -> Request:
        if self.mesg is None:
            raise StopIteration
        self.mesg._expected_100_continue = False  # what is here, or is too long, is not to be asked for
        return self.mesg

    def finish_body(self, deadline: float | None = None, max_bytes: int | None = None) -> bool:
        """Pass over what the app did not read: all of it is here, so it costs no time, and the connection can stay."""
        if self.mesg is not None:
            self.mesg.body.read()
        return True

    def _read_head(self) -> Request | None:
        head = self.unreader.buf.getvalue()
        if not self._is_worth_reading(head):
            return None
        try:
            self.mesg = Request(self.cfg, self.unreader, self.source_addr, self.req_count)
        except NoMoreData:
            self.unreader.unread(head)
        return self.mesg

    def _is_worth_reading(self, head: bytes) -> bool:
        """At its end, and where there is no need to wait for that."""
        if b"\r\n\r\n" in head:
            return True
        if len(head) > HEAD_LIMIT_BYTES:
            raise LimitRequestHeaders("max buffer headers")
        longest_line = self.cfg.limit_request_line + 2
        if b"\r\n" not in head:
            return b"\n" in head or len(head) > longest_line
        is_first_try, self._has_tried = not self._has_tried, True
        return is_first_try or head.count(b"\n") != head.count(b"\r\n")

    def _has_body_of(self, request: Request) -> bool:
        reader = request.body.reader
        if not isinstance(reader, LengthReader):
            return self._has_last_chunk_of(request)
        is_whole = self._left_bytes() >= reader.length
        if not is_whole and reader.length > BODY_LIMIT_BYTES:
            request.force_close()  # where the next request would begin is not to be known
            return True
        return is_whole

    def _left_bytes(self) -> int:
        """What is there and not read yet."""
        return self.unreader.buf.seek(0, SEEK_END)

    def _has_last_chunk_of(self, request: Request) -> bool:
        """Put its chunks together as they come; with the last, its body is as if its length had been told.

        gunicorn's own reader copies all that is there for each chunk: of a body in chunks of one byte, for minutes.
        """
        with self.unreader.buf.getbuffer() as there:
            is_whole, used_bytes = self._unchunk(there)
        if used_bytes:
            rest = self.unreader.take_buffered()[used_bytes:]
            self.unreader.unread(rest)
        if is_whole:
            request.body = Body(LengthReader(self.unreader, len(self._unchunked)))
            self.unreader.unread(bytes(self._unchunked))
        return is_whole

    def _unchunk(self, there: memoryview) -> tuple[bool, int]:
        """Take the chunks that are all there: whether that was the last, and how far they went."""
        at = 0
        while size := _CHUNK_SIZE.match(there, at):
            start, length = size.end(), int(size[1], 16)
            end = start + length
            line_end = bytes(there[end : end + len(_LINE_END)])
            if not _LINE_END.startswith(line_end):  # nor has anybody told us anything in a trailer
                raise ChunkMissingTerminator(line_end)
            if len(self._unchunked) + length > BODY_LIMIT_BYTES:
                raise BodyTooLong
            if line_end != _LINE_END:
                return False, at
            self._unchunked += there[start:end]
            at = end + len(_LINE_END)
            if not length:
                return True, at
        begun = bytes(there[at : at + _LONGEST_CHUNK_SIZE])
        if b"\n" in begun or len(begun) == _LONGEST_CHUNK_SIZE:
            raise InvalidChunkSize(begun)
        return False, at
