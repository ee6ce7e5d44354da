"""`eigenwalk settings`, and the user's settings file: what `play` takes when the command line does not say.

What flows in: NAME=VALUE arguments, or the file: `settings.toml` in the platform's place for configuration. What
flows out: checked settings. A setting is only ever a default: whatever is said on the command line wins.
"""

from pathlib import Path
from typing import Annotated, Any

import typer

from instrument.errors import UserError

HELP = {
    "preset": "what plays when none is named",
    "out": "where the music goes, as --out takes it",
    "soundfont": "the SoundFont of the synthesiser",
    "tempo": "quarter notes a minute, instead of the preset's",
    "midi_api": "the MIDI system, as --midi-api takes it",
}


class SettingsError(UserError):
    """The settings file or a setting is wrong; the message says where."""


def settings(
    values: Annotated[list[str] | None, typer.Argument(metavar="NAME=VALUE...", help="Settings to keep.")] = None,
) -> None:
    """Show or keep what `play` does unless told otherwise.

    NAME=VALUE keeps a setting, NAME= forgets it.

    Example: `eigenwalk settings out=synth preset=bach-chorales`. Settings: preset, out, soundfont, tempo, midi_api.
    """
    if values:
        save(dict(_split(text) for text in values))
    kept = load()
    typer.echo(path())
    for name, text in HELP.items():
        typer.echo(f"  {name:10} {kept.get(name, '-')!s:20} {text}")


def path() -> Path:
    """Where the settings file is, or would be."""
    import platformdirs

    return platformdirs.user_config_path("eigenwalk") / "settings.toml"


def load() -> dict[str, Any]:
    """The settings that are kept: str, or float for tempo. Raises SettingsError when the file is broken."""
    import tomlkit

    file = path()
    try:
        kept = tomlkit.parse(file.read_text(encoding="utf-8")).unwrap()
    except FileNotFoundError:
        return {}
    except (tomlkit.exceptions.ParseError, UnicodeDecodeError) as error:
        raise SettingsError(f"{file}: not TOML ({error}); mend it or delete it") from None
    return {name: _check(name, value, f"{file}: ") for name, value in kept.items()}


def save(changes: dict[str, str]) -> None:
    """Keep `changes`; an empty value forgets its setting. What else is in the file, comments too, stays."""
    import tomlkit

    load()
    file = path()
    document = tomlkit.parse(file.read_text(encoding="utf-8")) if file.exists() else tomlkit.document()
    for name, text in changes.items():
        value = _check(name, text, "") if text else None
        if value is None:
            document.pop(name, None)
        else:
            document[name] = value
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(tomlkit.dumps(document), encoding="utf-8")


def _split(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise SettingsError(f"a setting is NAME=VALUE, not {text!r}")
    _known(name.strip(), "")
    return name.strip(), value.strip()


def _known(name: str, where: str) -> None:
    if name not in HELP:
        raise SettingsError(f"{where}no setting is called {name!r}; there is {', '.join(HELP)}")


def _check(name: str, value: Any, where: str) -> str | float:
    from instrument.controls import ControlError, control

    _known(name, where)
    if name != "tempo":
        if not isinstance(value, str):
            raise SettingsError(f"{where}{name} is text in quotes, not {value!r}")
        return value
    try:
        return control("tempo").check(value)
    except (ControlError, TypeError) as error:
        raise SettingsError(f"{where}{error}") from None
