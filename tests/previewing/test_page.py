"""The page in a real browser."""

from __future__ import annotations

import base64
import hashlib
import re
from html import unescape

import pytest

from brainscore_data.previewing.page import html


@pytest.fixture
def page(seen, tmp_path):
    path = tmp_path / "preview.html"
    path.write_text(html(seen().whole), encoding="utf-8")
    return path


def test_the_page_shows_all_and_runs_nothing_of_strangers(page, in_browser):
    with in_browser(page, viewport={"width": 1100, "height": 900}) as opened:
        assert opened.said == []
        assert opened.asked_elsewhere == []
        assert opened.broken_pictures() == 0
        assert opened.page.title() == "Preview of odd2026"
        text = opened.page.inner_text("main")
        assert "<script>document.title='taken'</script>" in text
        assert "a⟨U+202E⟩b" in text
        assert "A <b>sentence</b>." in text
        assert "does not decode" in text


def test_rows_are_sorted_and_filtered_by_the_keyboard(page, in_browser):
    with in_browser(page) as opened:
        rows = opened.page.locator("table.rows tbody tr:visible")
        button = opened.page.get_by_role("button", name="size")
        button.focus()
        opened.page.keyboard.press("Enter")
        opened.page.keyboard.press("Enter")
        assert rows.first.inner_text().startswith("s9")
        opened.page.get_by_label("Only rows with").fill("s4")
        assert rows.count() == 1
        assert opened.page.get_by_text("1 of 10").is_visible()


@pytest.mark.night
@pytest.mark.parametrize(
    ("options", "media"),
    [
        ({}, "screen"),
        ({"color_scheme": "dark"}, "screen"),
        ({"viewport": {"width": 360, "height": 700}}, "screen"),
        ({"viewport": {"width": 750, "height": 1000}}, "print"),
    ],
    ids=["light", "dark", "phone", "paper"],
)
def test_the_page_is_readable_by_everybody_in_the_dark_on_a_phone_and_on_paper(
    page, in_browser, options, media
):
    with in_browser(page, **options) as opened:
        opened.page.emulate_media(media=media)
        assert opened.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert opened.axe() == []
        if media == "print":
            cut = "[...document.querySelectorAll('.scroll')]"
            cut += ".filter(each => each.scrollWidth > each.clientWidth + 1).length"
            assert opened.page.evaluate(cut) == 0


def test_without_javascript_everything_is_there(page, in_browser):
    with in_browser(page, java_script_enabled=False) as opened:
        assert opened.page.locator("table.rows tbody tr").count() == 10
        assert not opened.page.get_by_label("Only rows with").is_visible()


def test_the_policy_names_the_style_and_the_script_that_are_there(page):
    text = page.read_text(encoding="utf-8")
    policy = unescape(re.search('"Content-Security-Policy" content="([^"]+)"', text)[1])
    assert policy.startswith("default-src 'none'; ")
    for tag in ("style", "script"):
        (content,) = re.findall(f"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
