"""The live page in Chromium: what is dragged, clicked, sorted and put back."""

from __future__ import annotations

import pytest

from cnnshape import Input, Network
from cnnshape import layers as L
from cnnshape.render.html import Page
from tests.render import programs
from tests.render.html.browser import Opened


def test_in_a_frame_of_a_notebook_it_lives_as_well(tmp_path, texts):
    frame = Page("U-Net", texts("unet"))._repr_html_()
    page = Opened(programs.browser(), tmp_path, f"<!doctype html><title>notebook</title><h1>before</h1>{frame}")
    inside = page.tab.frame_locator("iframe")
    inside.locator("#size1").fill("250")
    assert inside.locator("#verdict").text_content() == "1 broken"
    page.tab.wait_for_timeout(300)  # by now the address of a page by itself would have been written
    assert page.said == []
    page.tab.close()


def test_blocks_open_in_the_picture_and_in_the_table(view):
    page = view("resnet50")
    page.tab.locator(".card", has_text="layer3.next.0-4").dblclick()
    assert page.tab.locator("#trail button").all_text_contents() == ["ResNet-50", "layer3.next.0"]
    assert "body1.cb2.conv1" in page.tab.locator(".card .name").all_text_contents()
    page.tab.locator("#trail button").first.click()
    before = page.tab.locator("#table tbody tr").count()
    page.tab.locator("#table .twist").first.click()
    assert page.tab.locator("#table tbody tr").count() > before
    page.tab.locator("#table tbody tr.inner", has_text="body1.cb2.conv1").click()
    assert "64·64·3·3 + 64 + 64 = 36,992" in page.text("#detail")
    assert "floor((56 + 2·1 − 3)/1) + 1 = 56" in page.text("#detail")


def test_the_graph_is_dragged_wheeled_and_fitted(view):
    page = view("resnet50")
    where = "() => [graph.view.k, graph.view.x, graph.view.y]"
    k, x, y = page(where)
    page.tab.mouse.move(420, 700)
    page.tab.mouse.down()
    page.tab.mouse.move(470, 680, steps=5)
    page.tab.mouse.up()
    assert page(where) == [k, x + 50, y - 20]
    assert page("state.layer") == ""  # a drag chooses nothing
    page.tab.mouse.wheel(0, -300)
    assert page("graph.view.k") > k
    page.tab.click("#zoom-fit")
    assert page(where) == [k, x, y]


def test_a_heading_sorts_and_sorts_back(view):
    page = view("resnet50")
    names = lambda: page.tab.locator("#table tbody td:first-child .long").all_text_contents()  # noqa: E731
    before = names()
    heading = page.tab.locator("#table th button", has_text="parameters")
    heading.click()
    assert names()[:2] == ["layer4.next.0-1", "layer4.first1"]
    assert page.tab.locator("#table th[aria-sort=descending]").count() == 1
    heading.click()
    assert names()[-1] == "layer4.next.0-1"
    heading.click()
    assert names() == before


def test_everything_is_put_back(view):
    page = view("unet")
    before = page("csvText()")
    page.size("H", 250)
    page.tab.select_option("#dtype", "int8")
    page.tab.fill("#find", "concat")
    page.tab.click("#reset")
    assert page("csvText()") == before
    assert page.tab.input_value("#find") == ""
    assert page.tab.locator("#table [aria-selected=true]").count() == 0


def test_the_curve_moves_the_size(view):
    page = view("resnet50")
    box = page.tab.locator("#plot").bounding_box()
    page.tab.mouse.click(box["x"] + box["width"] - 3, box["y"] + 40)
    height = page("Number(state.values[1])")
    assert 0.98 * page("SYMBOLS[1].high") <= height <= page("SYMBOLS[1].high")
    assert page.tab.input_value("#size2") == str(height)
    page.tab.locator("#plot").focus()
    page.tab.keyboard.press("ArrowLeft")
    assert page("Number(state.values[1])") == height - 1


@pytest.mark.parametrize("name", ["lenet5", "audio_1d", "video_3d", "siamese", "inception_block", "vgg16"])
def test_every_example_opens_and_moves(view, name):
    page = view(name)
    for key in ["ArrowDown"] * 4 + ["]", "]", "}", "[", "Escape", "+", "0"]:
        page.tab.keyboard.press(key)
    assert page.tab.locator("#table tbody tr").count() > 2


def test_a_network_without_a_symbol_opens(view):
    x = Input("image", (3, 32, 32))
    page = view(Network("fixed", inputs=x, outputs=L.Linear(10)(L.Flatten()(L.Conv(8, kernel_size=5)(x)))))
    assert page.text("#verdict") == "valid"
    assert page.text("#total-output span") == "10"
