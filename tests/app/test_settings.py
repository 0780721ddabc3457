"""Settings survive a restart; a damaged entry is its default, never an error."""

from __future__ import annotations

from pathlib import Path

import pytest

from fmviz.app.settings import KEYS, Settings

VALUES = {"theme": "light", "geometry": b"\x00\x01\xff", "folder": "somewhere", "import_folder": "there, too",
          "export_folder": "à côté", "panels": "folded",
          "recent": ("/a/b.fmviz", "/c, d/e & f.fmviz"), "columns": ("w2", "crossings"), "curve": "npe",
          "speed": 2.5, "mode": "bounce"}


def test_every_key_has_a_test_value() -> None:
    assert {key.name for key in KEYS} == set(VALUES)


@pytest.mark.parametrize("name", VALUES)
def test_a_value_comes_back_in_its_type(name: str, tmp_path: Path) -> None:
    path = tmp_path / "settings.ini"
    first = Settings(path)
    assert first.get(name) == next(key.default for key in KEYS if key.name == name)
    first.set(name, VALUES[name])
    first.flush()
    value = Settings(path).get(name)
    assert value == VALUES[name]
    assert type(value) is type(VALUES[name])


@pytest.mark.parametrize("name", VALUES)
def test_a_damaged_entry_is_its_default(name: str, tmp_path: Path) -> None:
    path = tmp_path / "settings.ini"
    path.write_text("[General]\n" + "\n".join(f"{key}=@Invalid()" for key in VALUES), encoding="utf-8")
    default = next(key.default for key in KEYS if key.name == name)
    assert Settings(path).get(name) == default


@pytest.mark.parametrize("name", VALUES)
@pytest.mark.parametrize("text", ["@Variant(\\0\\0\\0\\x7f)", "@Rect(1 2 3 4)", "@Size(a b)", "@ByteArray(\\x1)",
                                  "a, b", "", "@Variant(", "%FF", "\\x0", "nan", "[]", "1e999"])
@pytest.mark.qt_log_ignore("QVariant::load")  # Qt says itself what it cannot read
def test_no_entry_raises_or_changes_its_type(name: str, text: str, tmp_path: Path) -> None:
    path = tmp_path / "settings.ini"
    path.write_text(f"[General]\n{name}={text}\n", encoding="utf-8")
    key = next(key for key in KEYS if key.name == name)
    value = Settings(path).get(name)
    assert type(value) is type(key.default)
    assert not key.choices or value in key.choices
    if isinstance(value, tuple):
        assert all(isinstance(entry, str) for entry in value)
    if isinstance(value, float):
        assert abs(value) < 1e300


@pytest.mark.parametrize("paths", [(), ("/a.fmviz",), ("/a.fmviz", "/b.fmviz")])
def test_a_list_comes_back_at_any_length(paths: tuple[str, ...], tmp_path: Path) -> None:
    first = Settings(tmp_path / "settings.ini")
    first.set("recent", paths)
    first.flush()
    assert Settings(tmp_path / "settings.ini").get("recent") == paths


@pytest.mark.parametrize("text", ["quick", "nan", "inf", "-inf", "1e999"])
def test_text_where_a_number_belongs_is_the_default(text: str, tmp_path: Path) -> None:
    path = tmp_path / "settings.ini"
    path.write_text(f"[General]\nspeed={text}\n", encoding="utf-8")
    assert Settings(path).get("speed") == 1.0


@pytest.mark.parametrize("name", [key.name for key in KEYS if key.choices])
def test_a_choice_that_does_not_exist_is_the_default(name: str, tmp_path: Path) -> None:
    path = tmp_path / "settings.ini"
    path.write_text(f"[General]\n{name}=purple\n", encoding="utf-8")
    assert Settings(path).get(name) == next(key.default for key in KEYS if key.name == name)


def test_folders_that_were_written_to_are_swept_at_the_start(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "settings.ini")
    settings.set("folder", "somewhere")
    settings.set("export_folder", "elsewhere")
    settings.set("recent", ["talks/one.fmviz", "talks/two.fmviz"])
    assert settings.written_folders == [tmp_path, Path("somewhere"), Path("elsewhere"), Path("talks")]
