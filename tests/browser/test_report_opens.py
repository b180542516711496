"""The report in a browser: no complaint, no network, readable at three widths, dark, printed; every chart has words."""

import io

import pypdf
import pytest

from mamori.report.page import write

WIDTHS = (390, 820, 1280)


@pytest.fixture(scope="module")
def report(small_run, tmp_path_factory):
    file = tmp_path_factory.mktemp("page") / "report.html"
    write(small_run, file)
    return file


@pytest.mark.parametrize("width", WIDTHS)
def test_it_opens_without_complaint_and_fits(opened, report, width):
    page, troubles = opened(report, width)
    assert not troubles
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    sticking_out = page.evaluate(
        """width => [...document.querySelectorAll('main *')].filter((e) => !e.closest('.scroll') && !e.closest('svg')
           && e.getClientRects().length && e.getBoundingClientRect().right > width + 1)
           .map((e) => e.outerHTML.slice(0, 80))""",
        width,
    )
    assert not sticking_out


@pytest.mark.parametrize("width", WIDTHS)
def test_every_chart_is_drawn_inside_its_place(opened, report, width):
    page, _ = opened(report, width)
    charts = page.locator(".plot")
    assert charts.count() >= 6
    for n in range(charts.count()):
        chart = charts.nth(n)
        drawn, place = chart.locator(".main-svg").first.bounding_box(), chart.bounding_box()
        assert drawn["height"] > 150
        assert drawn["width"] <= place["width"] + 1
        assert drawn["height"] <= place["height"] + 1


def test_every_chart_has_title_unit_and_text_alternative(opened, report):
    page, _ = opened(report)
    for figure in page.locator("figure").all():
        title = figure.locator("h3").inner_text().strip()
        assert title
        assert len(figure.locator("figcaption").inner_text()) > 20, title
        plot = figure.locator(".plot")
        assert plot.get_attribute("role") == "img"
        assert plot.get_attribute("aria-label").startswith(title)
        titles = plot.evaluate(
            """plot => {
              const {layout, data} = plot, found = [];
              for (const key of Object.keys(layout)) {
                if (/^[xy]axis\\d*$/.test(key) && layout[key].visible !== false && layout[key].showticklabels !== false
                    && !layout[key].matches && layout[key].tickvals === undefined && layout[key].type !== 'category')
                  found.push([key, layout[key].title?.text ?? '']);
              }
              data.forEach((trace, n) => {
                const bar = trace.colorbar ?? trace.marker?.colorbar;
                if (trace.marker?.showscale || bar) found.push([`colour bar ${n}`, bar?.title?.text ?? '']);
              });
              return found;
            }"""
        )
        assert titles, title
        assert all(text for _, text in titles), (title, titles)


def test_colours_follow_the_reader(opened, report):
    grounds = []
    for scheme in ("light", "dark"):
        page, troubles = opened(report, color_scheme=scheme)
        assert not troubles
        ground = "(element) => getComputedStyle(element).backgroundColor"
        grounds.append([page.locator(name).evaluate(ground) for name in ("html", "body")])
        ink = page.locator(".plot .xtick text").first.evaluate("text => getComputedStyle(text).fill")
        grounds.append(ink)
    assert grounds[0] != grounds[2]
    assert grounds[1] != grounds[3]


def test_it_prints(opened, report):
    page, troubles = opened(report, color_scheme="dark")
    printed = pypdf.PdfReader(io.BytesIO(page.pdf(format="A4", print_background=True)))
    assert not troubles
    assert 4 <= len(printed.pages) <= 40
    text = " ".join(sheet.extract_text() for sheet in printed.pages)
    for title in page.locator("h2, h3").all_inner_texts():
        assert title.split(",")[0][:25] in text.replace("\n", " ")


def test_without_scripts_the_numbers_are_still_there(browser, report):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(report.as_uri())
    assert page.locator("noscript p").is_visible()
    assert all(page.locator("figcaption").nth(n).is_visible() for n in range(page.locator("figcaption").count()))
    context.close()
