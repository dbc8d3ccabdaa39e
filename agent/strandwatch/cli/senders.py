"""Columns that alerts, transfers and flows share: who sent how much to where."""

from strandwatch.cli.cells import file_name, minute, size
from strandwatch.cli.output import Column, JsonObject, at


def time_column(key: str, title: str, *, from_width: int = 0) -> Column:
    """Give a column of moments."""
    return Column(key=key, title=title, show=minute, from_width=from_width)


def sender_columns(place: str) -> tuple[Column, ...]:
    """Give the account and the program; `place` is where the process stands in the record."""
    return (
        Column(key=f"{place}.user", title="User", show=lambda user: user or "?", in_middle=True),
        Column(key=f"{place}.executable", title="Program", show=file_name, from_width=125),
        Column(key=f"{place}.pid", title="Pid", right=True, from_width=130),
    )


def sent_column(key: str) -> Column:
    """Give the column of bytes that left."""
    return Column(key=key, title="Sent", show=size, right=True)


def destination_columns(place: str) -> tuple[Column, ...]:
    """Give country and host; `place` is where the destination stands in the record."""

    def countries(record: JsonObject) -> object:
        return at(record, f"{place}.jurisdictions") or at(record, f"{place}.countries")

    def host(record: JsonObject) -> object:
        return at(record, f"{place}.server_name") or at(record, f"{place}.address")

    return (
        Column(
            key=f"{place}.jurisdictions",
            title="To",
            value=countries,
            show=lambda codes: ", ".join(codes or ()) or "?",
        ),
        Column(key=f"{place}.host", title="Host", value=host, in_middle=True, from_width=110),
    )
