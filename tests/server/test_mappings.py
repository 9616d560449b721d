"""Mappings are listed, and one with a mistake says what is wrong instead of hiding the rest."""

from __future__ import annotations


def test_own_mappings_come_first_and_a_broken_one_says_why(client, workspace):
    broken = workspace.packs / "ours.yaml"
    broken.write_text("name: ours\nversion: '1'\n", encoding="utf-8")
    try:
        listed = client.get("/api/mappings?lang=en").json()["mappings"]
    finally:
        broken.unlink()
    assert listed[0]["name"] == "ours"
    assert listed[0]["own"] is True
    assert listed[0]["usable"] is False
    assert "title" in listed[0]["title"]
    generic = next(each for each in listed if each["name"] == "generic-zh")
    assert generic["usable"] is True
    assert generic["title"] == "Generic Chinese tables"
