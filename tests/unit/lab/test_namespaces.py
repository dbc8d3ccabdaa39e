"""Names of namespaces, and the commands that run programs inside."""

import os
from pathlib import Path

from strandwatch.lab import namespaces
from strandwatch.lab.namespaces import Namespace


def test_a_command_enters_the_namespace_and_dies_with_its_starter() -> None:
    command = Namespace("swlab-x").command(["curl", Path("/a b")])

    assert command[:2] == ["nsenter", "--net=/run/netns/swlab-x"]
    assert "--pdeathsig" in command
    assert command[-2:] == ["curl", "/a b"]


def test_files_are_bound_over_the_systems_for_programs_that_want_it() -> None:
    namespace = Namespace("swlab-x", {Path("/etc/resolv.conf"): Path("/tmp/it's")})  # noqa: S108

    bound = " ".join(namespace.command(["true"]))
    plain = " ".join(namespace.command(["true"], bound=False))

    assert "mount --bind '/tmp/it'\"'\"'s' /etc/resolv.conf" in bound
    assert "mount" not in plain


def test_what_is_put_before_programs_comes_after_the_mounts() -> None:
    namespace = Namespace("swlab-x", {Path("/a"): Path("/b")}, ("drop", "it"))

    command = namespace.command(["true"])

    assert command.index("unshare") < command.index("drop")


def test_names_say_whose_they_are() -> None:
    first, second = namespaces.own_key(1), namespaces.own_key(2)

    assert first != second
    assert first.startswith(f"{namespaces.PREFIX}-{os.getpid()}-")


def test_a_process_is_not_inside_a_namespace_that_is_not_there() -> None:
    assert not Namespace("swlab-none").holds(os.getpid())
    assert not Namespace("swlab-none").holds(0)
