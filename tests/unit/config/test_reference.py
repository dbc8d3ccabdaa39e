"""The reference is made from the models and nothing else."""

import tomllib
from importlib import resources
from pathlib import Path

from pydantic import BaseModel

from strandwatch.config.load import load_config
from strandwatch.config.models import Config
from strandwatch.config.reference import annotated_defaults, as_toml, json_schema


def test_the_shipped_default_file_is_the_generated_one() -> None:
    shipped = resources.files("strandwatch.data") / "config" / "strandwatch.toml"

    assert shipped.read_text() == annotated_defaults()


def test_the_default_file_means_the_defaults(tmp_path: Path) -> None:
    file = tmp_path / "strandwatch.toml"
    file.write_text(annotated_defaults())

    assert load_config(file) == Config()


def test_every_example_in_the_default_file_is_valid(tmp_path: Path) -> None:
    file = tmp_path / "strandwatch.toml"
    text = annotated_defaults()
    for line in text.splitlines():
        if line.startswith("# ") and " = " in line:
            option = line.removeprefix("# ").split(" = ", maxsplit=1)[0]
            text = text.replace(f"\n{option} = []\n{line}", f"\n{line.removeprefix('# ')}")
            text = text.replace(f"\n{line}\n", f"\n{line.removeprefix('# ')}\n")
    file.write_text(text)

    assert load_config(file) != Config()


def test_what_is_shown_reads_back_as_the_same_configuration(tmp_path: Path) -> None:
    config = load_config(
        None,
        {
            "watch.directories": ['/data/"odd" name'],
            "jurisdiction.databases": [{"kind": "override", "path": "/lab.mmdb"}],
            "jurisdiction.overrides": [{"match": "192.0.2.0/24", "country": "NO"}],
            "store.path": "/x/record.db",
        },
    )
    file = tmp_path / "shown.toml"
    file.write_text(as_toml(config))

    assert load_config(file) == config


def test_every_option_has_a_docstring() -> None:
    def undocumented(model: type[BaseModel], path: str) -> list[str]:
        found = []
        for name, field in model.model_fields.items():
            inner = field.annotation
            if isinstance(inner, type) and issubclass(inner, BaseModel):
                found += undocumented(inner, f"{path}{name}.")
            elif not field.description:
                found.append(path + name)
        return found

    assert undocumented(Config, "") == []


def test_the_schema_names_the_sections() -> None:
    schema = json_schema()

    assert schema["additionalProperties"] is False
    assert set(schema["properties"]) == set(tomllib.loads(annotated_defaults()))
