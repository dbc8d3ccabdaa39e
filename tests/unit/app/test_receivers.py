"""Receivers elsewhere, from configuration to delivery."""

import json
from pathlib import Path

import pytest

from strandwatch.app.plan import make_plan
from strandwatch.app.receivers import receivers
from strandwatch.config.load import load_config
from strandwatch.domain.encoding import from_plain, to_plain
from strandwatch.errors import ConfigurationError
from strandwatch.runtime.health import Health
from strandwatch.runtime.plan import AgentPlan, Plan, SyslogPlan
from support.builders import START_NS, an_alert
from support.receivers import answering, keeping, receiving
from support.runtime import StillClock


def a_plan(folder: Path, text: str) -> AgentPlan:
    file = folder / "a.toml"
    file.write_text(text)
    plan = make_plan(load_config(file, {"agent.state_directory": str(folder)}), ())
    return from_plain(Plan, json.loads(json.dumps(to_plain(plan)))).agent


@pytest.mark.parametrize(
    ("address", "transport", "host", "port"),
    [
        ("udp://127.0.0.1:514", "udp", "127.0.0.1", 514),
        ("tcp://[2001:db8::1]:601", "tcp", "2001:db8::1", 601),
        ("tls://siem.example.org:6514", "tls", "siem.example.org", 6514),
    ],
)
def test_an_address_is_taken_apart(
    address: str, transport: str, host: str, port: int, tmp_path: Path
) -> None:
    plan = a_plan(tmp_path, f"[sinks.syslog]\nenabled = true\naddress = '{address}'\n")

    assert plan.syslog == SyslogPlan(transport=transport, form="cef", host=host, port=port)


def test_the_local_socket_is_the_default(tmp_path: Path) -> None:
    plan = a_plan(tmp_path, "[sinks.syslog]\nenabled = true\n")

    assert plan.syslog == SyslogPlan(transport="local", form="cef", path="/dev/log")


@pytest.mark.parametrize("address", ["siem.example.org", "http://x:1", "tcp://x", "tcp://a b:1"])
def test_an_address_that_is_none_is_refused(address: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"sinks\.syslog\.address"):
        a_plan(tmp_path, f"[sinks.syslog]\naddress = '{address}'\n")


def test_a_web_address_is_needed_where_it_is_used(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"sinks\.webhook\.url"):
        a_plan(tmp_path, "[sinks.webhook]\nenabled = true\n")


def test_nothing_is_sent_anywhere_unless_it_is_configured(tmp_path: Path) -> None:
    plan = a_plan(tmp_path, "")

    assert (plan.syslog, plan.webhook) == (None, None)
    assert list(receivers(plan, StillClock(), Health("0", START_NS))) == []


def test_what_is_configured_arrives(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("s3cret")
    with receiving(answering("200 OK")) as hook, receiving(keeping) as collector:
        plan = a_plan(
            tmp_path,
            f"[sinks.webhook]\nenabled = true\nurl = 'http://127.0.0.1:{hook.port}/x'\n"
            "format = 'ocsf'\nsecret_file = 'secret'\n"
            f"[sinks.syslog]\nenabled = true\naddress = 'tcp://127.0.0.1:{collector.port}'\n",
        )
        sinks = list(receivers(plan, StillClock(), Health("0", START_NS)))
        for sink in sinks:
            sink.deliver(an_alert(), repeat=False)
        posted, written = hook.got.get(timeout=10), collector.got.get(timeout=10)
        for sink in sinks:
            sink.close()

    assert [sink.name for sink in sinks] == ["syslog", "webhook"]
    assert b"Strandwatch-Signature: t=" in posted
    assert b'"class_uid":2006' in posted
    assert b"CEF:0|strandwatch" in written


def test_one_that_cannot_start_is_named_and_the_others_go_on(tmp_path: Path) -> None:
    plan = a_plan(
        tmp_path,
        "[sinks.webhook]\nenabled = true\nurl = 'http://127.0.0.1:9/'\nsecret_file = 'gone'\n"
        "[sinks.syslog]\nenabled = true\n",
    )
    health = Health("0", START_NS)

    sinks = list(receivers(plan, StillClock(), health))
    for sink in sinks:
        sink.close()

    assert [sink.name for sink in sinks] == ["syslog"]
    broken = [part for part in health.snapshot(START_NS)["parts"] if not part["working"]]
    assert [part["name"] for part in broken] == ["sink webhook"]
    assert "gone" in broken[0]["note"]
