"""Ports, addresses and questions to our own processes."""

import asyncio
import errno
import os
import socket

from djplatform.cli.preparation import CannotStartError

ANSWER_SECONDS = 5.0


def require_free_port(port: int, address: str) -> None:
    """Raise CannotStartError when the port is none, or somebody listens on it already."""
    if not 1 <= port <= 65535:
        raise CannotStartError(f"{port} is no port: choose one from 1024 to 65535 with --port.")
    problem = _problem(port, address)
    if problem == errno.EADDRINUSE:
        raise CannotStartError(
            f"Port {port} is in use by another program. End it, or choose another port: "
            f"djplatform up --port {free_port(port + 10 if port < 65000 else 8010, address)}"
        )
    if problem == errno.EACCES:
        raise CannotStartError(f"This user may not listen on port {port}: take one above 1023.")
    if problem:
        raise CannotStartError(f"Port {port} cannot be used: {os.strerror(problem)}.")


def free_port(first: int, address: str) -> int:
    """Find the first free port from this one on."""
    for port in range(first, min(first + 50, 65536)):
        if not _problem(port, address):
            return port
    raise CannotStartError(f"No free port was found from {first} on; choose another with --port.")


def _problem(port: int, address: str) -> int | None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            return error.errno
    return None


def lan_address() -> str:
    """Find the address by which phones in the same network reach this machine.

    No packet is sent: connecting a UDP socket only asks which interface would be taken.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # a documentation address, RFC 5737
            found = str(probe.getsockname()[0])
        except OSError:
            found = "127.0.0.1"
    if found.startswith("127."):
        raise CannotStartError(
            "This machine is in no network. Join the Wi-Fi that the phone uses, or leave out --lan."
        )
    return found


async def answers(port: int, path: str, *, at_most: int = 299) -> bool:
    """Whether a process of ours answers a GET with a status not above `at_most`."""
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                writer.write(
                    f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
                    "Connection: close\r\n\r\n".encode()
                )
                await writer.drain()
                status = await reader.readline()
            finally:
                writer.close()
    except (OSError, TimeoutError):
        return False
    parts = status.split()
    return len(parts) > 1 and parts[1].isdigit() and int(parts[1]) <= at_most
