"""The live page in Chromium: what a reader sees, clicks and types."""

from __future__ import annotations

import csv
import io
import random
import xml.etree.ElementTree as ET

import pytest

from cnnshape import Input, Network
from cnnshape import layers as L
from cnnshape.analysis.report import facts
from cnnshape.render import render
from cnnshape.render.options import Options
from cnnshape.render.units import bytes_text, count_text
from tests.render import programs
from tests.render.html.browser import Opened, example

HOSTILE = "</script><img src=x onerror=\"document.title='ran'\">"


def test_a_page_of_resnet50_is_small_and_asks_for_nothing(texts, view):
    text = texts("resnet50")
    assert len(text.encode()) <= 150_000
    assert "http" not in text.replace("http-equiv", "").replace("http://www.w3.org/2000/svg", "")
    policy = text.partition('Content-Security-Policy" content="')[2].partition('"')[0]
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe" not in policy
    page = view("resnet50")
    assert page.text("#total-params span") == "25,557,032"  # PyTorch
    assert page.text("#total-macs span") == "4,089,184,256"  # fvcore's count without batch norm and pooling
    assert page.requests == [page.file.as_uri()]


@pytest.mark.parametrize(("name", "seed"), [("resnet50", 1), ("unet", 2)])
def test_totals_verdict_and_every_row_equal_pythons(view, name, seed):
    page, rng, free = view(name), random.Random(seed), facts(example(name))
    for _ in range(30):
        height = rng.choice([rng.randint(1, 700), 16 * rng.randint(1, 40)])
        sizes = {"N": rng.choice([1, 1, 1, 8]), "H": height, "W": rng.choice([height, rng.randint(1, 700)])}
        found = free.at(sizes)
        shown = page(
            """sizes => {
                setAll(SYMBOLS.map(({name}) => sizes[name]));
                return {
                    csv: csvText(), state: at("status").dataset.state, verdict: at("verdict").textContent,
                    totals: Object.fromEntries(["params", "macs", "activations", "peak", "output"].map(
                        name => [name, at("total-" + name).firstElementChild.textContent])),
                    broken: [...new Set(now.errors.map(error => error.layer))],
                };
            }""",
            sizes,
        )
        wanted = render(found, "csv", Options(detail="layer"))
        assert shown["csv"] == wanted, sizes
        assert shown["state"] == ("valid" if found.valid else "broken"), sizes
        assert shown["broken"] == list(dict.fromkeys(error.layer for error in found.errors)), sizes
        if found.errors:
            assert shown["verdict"] == f"{len(found.errors)} broken"
        least = "≥ " if any(layer.macs is None for layer in found.layers) else ""
        totals = found.totals
        assert shown["totals"]["params"] == f"{totals.params:,}"
        assert shown["totals"]["macs"] == f"{least}{totals.macs:,}"
        assert shown["totals"]["activations"] == least + bytes_text(totals.activation_bytes)
        assert shown["totals"]["peak"] == least + bytes_text(totals.peak_activation_bytes)


def test_typing_a_height_changes_totals_labels_table_and_address(view):
    page = view("resnet50")
    page.tab.uncheck("#lock")
    before = page("() => [...document.querySelectorAll('.card .shape')].map(each => each.textContent)")
    page.size("H", 320)
    found = facts(example("resnet50")).at(H=320, W=224)
    assert page.text("#total-macs span") == f"{found.macs:,}"
    after = page("() => [...document.querySelectorAll('.card .shape')].map(each => each.textContent)")
    assert after[0] == "3×320×224"
    assert sum(a != b for a, b in zip(before, after, strict=True)) == sum("×" in label for label in before) - 1
    stem = page.tab.locator("#table tbody tr").first.locator("td")
    assert stem.nth(1).text_content() == "64×160×112"
    assert stem.nth(3).text_content() == count_text(found.layers[0].macs)
    page.until("location.hash.includes('H=320')")
    assert "W=224" in page("location.hash")


def test_locked_sizes_move_together(view):
    page = view("resnet50")
    page.size("H", 128)
    assert page.tab.input_value("#size2") == "128"
    slider = page.tab.locator("#slider1")
    slider.focus()
    page.tab.keyboard.press("ArrowRight")
    assert page.tab.input_value("#size1") == page.tab.input_value("#size2") == "160"


def test_an_update_is_quick(view):
    page = view("resnet50")
    times = []
    for i in range(40):
        before = page.work()
        page("size => { setSize(1, BigInt(size)); document.body.offsetHeight; }", 200 + i)
        times.append(page.work() - before)
    assert sorted(times)[int(0.95 * len(times))] <= 50


def test_a_unet_at_250_shows_the_broken_join(view):
    page = view("unet")
    page.size("H", 250)
    assert page.text("#verdict") == "1 broken"
    assert "up4.concat1" in page.text("#detail .fault") or "concat" in page.text("#detail .fault")
    assert page.tab.locator(".wire.broken").count() >= 1
    assert page.tab.locator(".wire.broken").first.evaluate("each => getComputedStyle(each).strokeDasharray") != "none"
    buttons = page.tab.locator("#detail .nearest button")
    assert [each.text_content() for each in buttons.all()] == ["H = W = 240", "H = W = 256"]
    unknown = page.tab.locator("#table td.unknown")
    assert unknown.count() > 0
    assert set(unknown.all_text_contents()) == {"–"}
    assert "gradient" in unknown.first.evaluate("each => getComputedStyle(each).backgroundImage")
    buttons.nth(1).click()
    assert page.tab.input_value("#size1") == "256"
    assert page.text("#verdict") == "valid"
    assert page.tab.locator(".wire.broken").count() == page.tab.locator("#table td.unknown").count() == 0


def test_the_address_holds_what_was_chosen(view):
    page = view("unet")
    page.size("H", 384)
    page.tab.select_option("#dtype", "float16")
    page.tab.locator("#table tbody tr", has_text="bottom").click()
    page.until("location.hash.includes('layer=bottom')")
    shown = "() => [csvText(), at('totals').textContent, at('detail').textContent, state.dtype]"
    before = page(shown)
    page.tab.reload()
    assert page(shown) == before
    page("location.hash = '#N=1&H=128&W=96'")
    page.until("state.values[1] === 128n")
    assert page.tab.input_value("#size2") == "96"
    assert not page.tab.is_checked("#lock")


def test_an_address_entered_while_another_waits_to_be_written_is_kept(view):
    page = view("unet")
    for width in range(32, 352, 32):
        page(
            """width => {
                update();
                const now = performance.now();
                while (performance.now() < now + 160);
                location.hash = `#N=1&H=128&W=${width}`;
            }""",
            width,
        )
        page.until(f"state.values[2] === {width}n")


@pytest.mark.parametrize(
    "fragment", ["#H=0&W=-3&dtype=x&layer=%%%", "#H=1e9&=&&", "#H=" + "9" * 200, "#layer=<img src=x>"]
)
def test_an_address_that_means_nothing_is_left_aside(view, fragment):
    page = view("unet", fragment=fragment)
    assert page.tab.input_value("#size1") == "224"  # what a page begins with where nobody says a size


def test_the_keyboard_alone_reaches_all(view):
    page = view("unet")
    keys = page.tab.keyboard
    reached = set()
    for _ in range(60):
        keys.press("Tab")
        reached.add(
            page(
                """() => {
                    const {activeElement: each} = document;
                    return each.id || each.parentElement.id || each.tagName;
                }"""
            )
        )
    controls = page(
        """() => [...document.querySelectorAll('button[id], select, input')]
            .filter(each => each.checkVisibility()).map(each => each.id)"""
    )
    assert set(controls) <= reached | {"help"}
    page("() => document.activeElement.blur()")
    names = []
    for _ in range(40):
        keys.press("ArrowDown")
        names.append(page("state.layer"))
    assert {"down1", "bottom", "up4", "up1", "classes"} <= set(names)
    keys.press("/")
    keys.type("up3.concat")
    assert page("state.layer") == "up3.concat1"
    keys.press("Escape")
    page("() => chooseByName('up3')")
    keys.press("Enter")
    assert page.tab.locator("#trail button").all_text_contents() == ["U-Net", "up3"]
    keys.press("Escape")
    assert page.tab.locator("#trail").is_hidden()
    before = page("String(state.values)")
    keys.press("]")
    assert page("String(state.values)") == "1,225,225"
    assert page.text("#verdict") != "valid"
    keys.press("[")
    assert page("String(state.values)") == before
    keys.press("}")
    assert page("String(state.values)") == "1,240,240"
    keys.press("{")
    zoom = page("graph.view.k")
    keys.press("+")
    assert page("graph.view.k") > zoom
    keys.press("-")
    keys.press("-")
    assert page("graph.view.k") < zoom
    keys.press("0")
    keys.press("d")
    assert page("document.documentElement.dataset.theme") in ("light", "dark")
    keys.press("?")
    assert page.tab.locator("#help").is_visible()
    keys.press("Escape")
    assert not page.tab.locator("#help").is_visible()


def test_every_control_has_a_name_and_the_verdict_is_announced(view):
    page = view("unet")
    page.tab.locator("#table tbody tr").first.click()
    unnamed = page(
        """() => [...document.querySelectorAll("button, input, select, [tabindex='0'], [role=slider]")].filter(each => {
            const label = each.getAttribute("aria-label") || each.textContent
                || (each.labels && [...each.labels].map(l => l.textContent).join(""));
            return !label.trim();
        }).map(each => each.outerHTML.slice(0, 90))"""
    )
    assert unnamed == []
    assert page.tab.get_attribute("#status", "aria-live") == "polite"
    ids = page("() => [...document.querySelectorAll('[id]')].map(each => each.id)")
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_in_both_themes(view, scheme):
    page = view("unet", color_scheme=scheme, fragment="#H=250&W=250&layer=up4")
    page.tab.keyboard.press("?")
    low = page(
        """() => {
            const canvas = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
            const rgba = color => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = color; canvas.fillRect(0, 0, 1, 1);
                const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data; return [r, g, b, a / 255]; };
            const over = (top, below) => top.slice(0, 3).map((c, i) => c * top[3] + below[i] * (1 - top[3]));
            const light = color => color.map(c => c / 255)
                .map(c => c <= .03928 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4)
                .reduce((sum, c, i) => sum + c * [.2126, .7152, .0722][i], 0);
            const ground = each => {
                const layers = [];
                for (let node = each; node; node = node.parentElement)
                    layers.unshift(rgba(getComputedStyle(node).backgroundColor));
                return layers.reduce((below, top) => over(top, below), [255, 255, 255]);
            };
            const low = [];
            for (const each of document.querySelectorAll("body *")) {
                const own = [...each.childNodes].some(node => node.nodeType === 3 && node.textContent.trim());
                if (!own || !each.checkVisibility() || each.closest("script, style, noscript, title, option")) continue;
                const style = getComputedStyle(each), card = each.closest(".card");
                const color = rgba(each instanceof SVGElement ? style.fill : style.color);
                const fill = card && getComputedStyle(card.querySelector(".back")).fill;
                const hatch = () => getComputedStyle(document.querySelector("#hatch rect")).fill;
                const below = card ? rgba(fill.startsWith("url") ? hatch() : fill).slice(0, 3) : ground(each);
                const [a, b] = [light(over(color, below)), light(below)].sort((x, y) => y - x);
                const ratio = (a + .05) / (b + .05);
                if (ratio < 4.5) low.push([ratio.toFixed(2), each.outerHTML.slice(0, 120)]);
            }
            return low;
        }"""
    )
    assert low == []


def test_the_files_are_those_of_python(view):
    page = view("unet")
    page.size("H", 250)
    with page.tab.expect_download() as taken:
        page.tab.click("#save-csv")
    found = facts(example("unet")).at(N=1, H=250, W=250)
    written = taken.value.path().read_bytes().decode()
    assert taken.value.suggested_filename == "U-Net.csv"
    assert written == render(found, "csv", Options(detail="layer"))
    assert next(csv.reader(io.StringIO(written)))[0] == "layer"
    with page.tab.expect_download() as taken:
        page.tab.click("#save-svg")
    root = ET.parse(taken.value.path()).getroot()
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert "3×250×250" in "".join(root.itertext())
    assert taken.value.suggested_filename == "U-Net.svg"
    assert "var(" not in "".join(root.itertext())  # which drawing programs do not know
    assert not [each for each in root.iter() if each.tag.endswith("script")]


@pytest.mark.parametrize("width", [320, 420, 768, 1024, 1280])
@pytest.mark.parametrize("name", ["unet", "resnet50"])
def test_nothing_is_scrolled_sideways(view, name, width):
    page = view(name, viewport={"width": width, "height": 900}, fragment="#H=250&W=250&layer=up4.concat1")
    assert page("document.documentElement.scrollWidth") <= width


def test_the_print_holds_every_layer_to_the_last(view, tmp_path):
    page = view("resnet50")
    page.tab.pdf(path=tmp_path / "page.pdf", format="A4")
    words = programs.pdf_text(tmp_path / "page.pdf")
    for name in ("25,557,032", "global_avg_pool1", "fc", "layer4.next.1"):
        assert name in words
    assert page.tab.locator("#table tbody tr.inner").count() == 0  # the screen is as before


@pytest.mark.parametrize(
    "name", [HOSTILE, "a" * 10_000, "\u202egnp.exe", "x\ny", '"quoted" & <b>bold</b>', "</style><b>", "{{script}}"]
)
def test_a_hostile_name_is_only_ever_text(view, name):
    x = Input("image", (3, "H", "W"))
    y = L.Conv(8, kernel_size=3)(x, name=name)
    page = view(Network(name, inputs=x, outputs=L.ReLU()(y), defaults={"H": 32, "W": 32}))
    assert page("document.title") != "ran"
    assert page.tab.locator("img").count() == page.tab.locator("b b").count() == 0
    page.tab.locator("#table tbody tr").first.click()
    assert page("state.layer").startswith(name[:20])
    assert page("document.documentElement.scrollWidth") <= 1440


def test_without_a_script_the_numbers_are_there(tmp_path, texts):
    page = Opened(programs.browser(), tmp_path, texts("resnet50"), java_script_enabled=False)
    assert page.text("#total-params span") == "25,557,032"
    assert page.text("#total-macs span") == "4,089,184,256"
    assert page.text("#verdict") == "valid"
    rows = page.tab.locator("#table tbody tr").all_text_contents()
    assert any("layer4.next.0-1 x2" in row and "2048×7×7" in row for row in rows)
    assert page.tab.locator("#stage svg .card").count() == len(rows) + 2  # and the input and the output
    assert page.tab.locator("#stage svg").bounding_box()["height"] > 300
    assert "JavaScript" in page.tab.locator("noscript").first.inner_text()
    page.tab.close()


def test_a_thousand_layers_load_in_two_seconds(tmp_path):
    x = y = Input("image", (3, "H", "W"))
    for i in range(1000):
        y = L.Conv(3 + i % 2, kernel_size=3, padding=1)(y)
    found = facts(Network("long", inputs=x, outputs=y, defaults={"H": 64, "W": 64}))
    for detail in (None, "op"):
        page = Opened(programs.browser(), tmp_path, render(found, "html", Options(detail=detail)))
        assert 0 < page.work() < (2000 if detail is None else 10_000)
        assert page.text("#total-params span") == "111,473"  # 3*3*9 + 3, then 500 times 3*4*9 + 4, 499 times 4*3*9 + 3
        assert page.said == []
    assert page.tab.locator("#table tbody tr").count() == 1000
    assert page.tab.locator(".card").count() == 1002
    page.tab.close()
