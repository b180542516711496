"""A browser, and the report of a small real run. Without a Chromium these tests are skipped, but not in CI."""

import os

import pytest
from playwright.sync_api import sync_playwright

import mamori
from mamori.errors import StoreError
from mamori.report import pdf

SMALL = """\
schema_version: 1
name: small
title: A small night
extends: night-raid
run: {seed: 5, replicas: 6, worlds: 2}
recovery: {days: 2}
raid: {aim_draws: 1}
"""


@pytest.fixture(scope="session")
def browser():
    """The browser that `mamori report --format pdf` finds, driven by Playwright."""
    try:
        program = pdf.found()
    except StoreError as error:
        if "CI" in os.environ:
            pytest.fail(f"CI needs a Chromium, .ci/run installs it: {error}")
        pytest.skip(str(error))
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def small_run(tmp_path_factory):
    """A run of all three variants of night-raid, with its baseline."""
    folder = tmp_path_factory.mktemp("browser")
    (folder / "small.yaml").write_text(SMALL)
    return mamori.run(folder / "small.yaml", baseline=True, out=folder / "run")


@pytest.fixture
def opened(browser):
    """Open a file at a width: the page, and everything that it complained of or asked of the network."""
    contexts = []

    def open_page(file, width=1280, height=900, **options):
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        contexts.append(context)
        page = context.new_page()
        troubles = []
        page.on("console", lambda told: troubles.append(told.text) if told.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on(
            "request",
            lambda asked: None if asked.url.startswith(("file:", "data:", "blob:")) else troubles.append(asked.url),
        )
        page.goto(file.as_uri())
        page.wait_for_function(
            "[...document.querySelectorAll('.plot')].every((plot) => plot.querySelector('.main-svg'))"
        )
        return page, troubles

    yield open_page
    for context in contexts:
        context.close()
