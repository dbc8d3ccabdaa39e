"""What all sections of the configuration share: strictness, and the types of their options."""

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo

from strandwatch.domain.country import COUNTRY_CODES


def _anchored(path: Path, info: ValidationInfo) -> Path:
    """Read a relative path as relative to the folder of the file that names it."""
    base = (info.context or {}).get("base")
    return path if base is None else Path(base) / path


def _country(code: str) -> str:
    if code not in COUNTRY_CODES:
        raise ValueError("should be an ISO 3166-1 alpha-2 code in capitals")
    return code


CountryOption = Annotated[str, AfterValidator(_country)]
ConfigPath = Annotated[Path, Field(strict=False), AfterValidator(_anchored)]


class Section(BaseModel):
    """A table of the configuration: unknown options are refused."""

    model_config = ConfigDict(
        extra="forbid", strict=True, frozen=True, use_attribute_docstrings=True
    )
