"""Scripts and styles come from packages: locked to their content, not to a place, and served by a list."""

import json

import pytest

from services.chassis.web import assets


def test_the_lock_names_content_and_no_place() -> None:
    """Every package is locked by its digest; where it is fetched from is the installing machine's affair."""
    packages = json.loads((assets.FOLDER / "package-lock.json").read_text())["packages"]
    fetched = {name: package for name, package in packages.items() if name}
    assert {"node_modules/govuk-frontend", "node_modules/swagger-ui-dist"} <= fetched.keys()
    for package in fetched.values():
        assert package["integrity"].startswith("sha512-")
        assert "resolved" not in package
    assert "://" not in json.dumps(packages)


@pytest.mark.parametrize("name", ["govuk.css", "govuk.js", "swagger-ui.css", "swagger-ui.js", "onewindow.css", "parts.css", "onewindow.js", "favicon.svg"])
def test_each_file_has_a_version_of_its_content(name: str) -> None:
    """A served file has a type that browsers accept under nosniff, and the same version each time."""
    found = assets.asset(name)
    assert found is not None
    assert found.content
    assert found.media_type.split(";")[0] in {"text/css", "text/javascript", "image/svg+xml"}
    assert assets.asset(name) == found


@pytest.mark.parametrize("name", ["", "package.json", "../http.py", "chassis-../problems.py", "intake-/etc/passwd", "intake-.js", "a-b", "字-x.js"])
def test_nothing_off_the_list_is_served(name: str) -> None:
    """No name leads to a file that is not on the list or not a service's own script or style."""
    assert assets.asset(name) is None


def test_no_own_style_or_script_asks_elsewhere() -> None:
    """Our own files load nothing from other addresses, and no font files."""
    for path in sorted(assets.OWN.iterdir()):
        text = path.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        assert "://" not in text, path.name
        assert "@font-face" not in text, path.name
        assert "@import" not in text, path.name
