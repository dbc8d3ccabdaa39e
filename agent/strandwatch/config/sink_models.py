"""The [sinks] table: who is told."""

from typing import Annotated, Literal

from pydantic import Field

from strandwatch.config.section import ConfigPath, Section


class ConsoleSinkConfig(Section):
    """Alerts on the terminal or journal that the daemon was started from."""

    enabled: bool = True
    """Show alerts there."""


class JsonLinesSinkConfig(Section):
    """Alerts as JSON, one object per line, for anything that reads a file."""

    enabled: bool = False
    """Write the file."""

    path: Annotated[ConfigPath | None, Field(examples=["/var/log/strandwatch/alerts.jsonl"])] = None
    """The file; it may be rotated at any time. Without it: alerts.jsonl in the state directory."""


AlertForm = Literal["json", "ocsf", "ecs", "cef", "text"]


class SyslogSinkConfig(Section):
    """Alerts as RFC 5424 messages to a syslog receiver, at least once and in order."""

    enabled: bool = False
    """Send them. What the receiver cannot take waits on disk, in the state directory."""

    address: Annotated[
        str,
        Field(
            pattern=r"^(local:/\S+|(udp|tcp|tls)://(\[[0-9a-fA-F:.]+\]|[^\s/:\[\]]+):[0-9]{1,5})$",
        ),
    ] = "local:/dev/log"
    """Where to: local:/dev/log, udp://HOST:514, tcp://HOST:601 or tls://HOST:6514. Over UDP a
    message is cut at 8 192 bytes."""

    format: AlertForm = "cef"
    """What the message holds: json (the whole record), ocsf, ecs, cef or text (one sentence)."""

    authority: Annotated[ConfigPath | None, Field(examples=["/etc/strandwatch/siem-ca.pem"])] = None
    """Certificate of the authority that vouches for the receiver. Without it: the system's."""

    certificate: Annotated[ConfigPath | None, Field(examples=["/etc/strandwatch/client.pem"])] = (
        None
    )
    """Certificate that this machine shows to the receiver."""

    key: Annotated[ConfigPath | None, Field(examples=["/etc/strandwatch/client.key"])] = None
    """Key of that certificate; the agent's account has to be able to read it."""


class WebhookSinkConfig(Section):
    """Alerts as POST requests to a web address, at least once and in order."""

    enabled: bool = False
    """Send them. What the receiver cannot take waits on disk, in the state directory."""

    url: Annotated[
        str | None, Field(pattern=r"^https?://\S+$", examples=["https://hooks.example.org/genomes"])
    ] = None
    """Where to. What comes after the host may be a token: `config show` leaves it out."""

    format: AlertForm = "json"
    """What the body holds: json (the whole record), ocsf, ecs, cef or text (one sentence)."""

    secret_file: Annotated[
        ConfigPath | None, Field(examples=["/etc/strandwatch/webhook.secret"])
    ] = None
    """File with the key of the signature in the header Strandwatch-Signature (HMAC-SHA-256 over
    time and body); the agent's account has to be able to read it."""

    authority: Annotated[ConfigPath | None, Field(examples=["/etc/strandwatch/hook-ca.pem"])] = None
    """Certificate of the authority that vouches for the receiver. Without it: the system's."""


class SinksConfig(Section):
    """Who is told."""

    console: ConsoleSinkConfig = ConsoleSinkConfig()
    jsonl: JsonLinesSinkConfig = JsonLinesSinkConfig()
    syslog: SyslogSinkConfig = SyslogSinkConfig()
    webhook: WebhookSinkConfig = WebhookSinkConfig()
