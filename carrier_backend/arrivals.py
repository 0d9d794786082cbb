"""A request while it arrives: gunicorn's own parser on what is there, and never a wait for what is not."""

import re
from io import SEEK_END

from gunicorn.config import Config
from gunicorn.http.body import LengthReader
from gunicorn.http.errors import InvalidChunkSize, LimitRequestHeaders, NoMoreData
from gunicorn.http.message import Request
from gunicorn.http.parser import RequestParser

HEAD_LIMIT_BYTES = 64 * 1024
BODY_LIMIT_BYTES = 1024 * 1024
"""What is longer than this the app refuses: no more of it is kept."""

_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\r\n]{0,256})?\r\n")
_LONGEST_CHUNK_SIZE = 300
_LAST_LINE = b"\r\n"


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
        self._chunk_at = 0

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
        return self.mesg

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
        reader, there_bytes = request.body.reader, self._left_bytes()
        if isinstance(reader, LengthReader):
            is_whole, told_bytes = there_bytes >= reader.length, reader.length
        else:
            is_whole, told_bytes = self._has_last_chunk(), there_bytes
        if not is_whole and told_bytes > BODY_LIMIT_BYTES:
            request.force_close()  # where the next request would begin is not to be known
            return True
        return is_whole

    def _left_bytes(self) -> int:
        """What is there and not read yet."""
        return self.unreader.buf.seek(0, SEEK_END)

    def _has_last_chunk(self) -> bool:
        """Go on from chunk to chunk as far as they have come; nobody has told us anything in a trailer."""
        with self.unreader.buf.getbuffer() as body:
            while size := _CHUNK_SIZE.match(body, self._chunk_at):
                if not int(size[1], 16):
                    last = bytes(body[size.end() : size.end() + len(_LAST_LINE)])
                    if not _LAST_LINE.startswith(last):
                        raise InvalidChunkSize(b"a trailer")
                    return last == _LAST_LINE
                self._chunk_at = size.end() + int(size[1], 16) + len(_LAST_LINE)
            start = bytes(body[self._chunk_at : self._chunk_at + _LONGEST_CHUNK_SIZE])
        if b"\n" in start or len(start) == _LONGEST_CHUNK_SIZE:
            raise InvalidChunkSize(start)
        return False
