"""Becoming the launcher: the command that read the configuration makes way for a lean process."""

import json
import os
import sys
from typing import NoReturn

from strandwatch.domain.encoding import from_plain, to_plain
from strandwatch.errors import ExitCode
from strandwatch.runtime import logging
from strandwatch.runtime.clock import SystemClock
from strandwatch.runtime.launcher import Launcher
from strandwatch.runtime.plan import Plan


def become_launcher(plan: Plan) -> NoReturn:
    """Replace this process by the launcher, which gets the plan on an unnamed file."""
    descriptor = os.memfd_create("plan", 0)
    os.write(descriptor, json.dumps(to_plain(plan)).encode())
    os.lseek(descriptor, 0, os.SEEK_SET)
    os.set_inheritable(descriptor, True)
    command = [sys.executable, "-m", "strandwatch.app", "launcher", str(descriptor)]
    os.execv(sys.executable, command)  # noqa: S606


def run_launcher(descriptor: int) -> ExitCode:
    """Run the processes of the plan in this file until told to stop."""
    with os.fdopen(descriptor, "rb") as file:
        plan = from_plain(Plan, json.load(file))
    logging.configure(plan.agent.log.level, as_json=plan.agent.log.as_json, process="launcher")
    return Launcher(plan, SystemClock()).run()
