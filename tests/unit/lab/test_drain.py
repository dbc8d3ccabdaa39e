"""The server that swallows mail."""

import socket
import threading

from strandwatch.lab.drain import swallow_all, swallow_mail


def test_mail_is_taken_to_its_last_dot() -> None:
    ours, theirs = socket.socketpair()
    server = threading.Thread(target=swallow_mail, args=(theirs,))
    server.start()
    lines = ours.makefile("rb")

    with ours, theirs:
        ours.sendall(
            b"EHLO x\r\nMAIL FROM:<a>\r\nRCPT TO:<b>\r\nDATA\r\nQUIT is text here\r\n.\r\nQUIT\r\n"
        )
        server.join(5)
        theirs.shutdown(socket.SHUT_WR)
        replies = [line[:4] for line in lines]
    lines.close()

    assert replies == [b"220 ", b"250-", b"250 ", b"250 ", b"250 ", b"354 ", b"250 ", b"221 "]


def test_everything_is_read_to_the_end() -> None:
    ours, theirs = socket.socketpair()
    server = threading.Thread(target=swallow_all, args=(theirs,))
    server.start()

    with ours, theirs:
        ours.sendall(b"x" * 1_000_000)
        ours.shutdown(socket.SHUT_WR)
        server.join(5)

    assert not server.is_alive()
