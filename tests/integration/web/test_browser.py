"""A TD with a browser: finds out why a merge failed, presses one thing, and sees the job end."""

from __future__ import annotations

import re

from playwright.sync_api import Browser, Locator, Page, expect

from tests.integration.web.conftest import BROKEN_PASS, FailedJob
from tests.waiting import wait_until
from workers.embedded.stack import EmbeddedStack

LONG_MS = 90_000
SOMETHING = re.compile(r"\S")


def tab_to(page: Page, wanted: Locator, most: int = 60) -> None:
    """Press Tab until an element has the focus."""
    expect(wanted).to_be_visible()
    for _ in range(most):
        page.keyboard.press("Tab")
        if wanted.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"{most} times Tab do not lead to {wanted}")


def test_the_reason_is_read_the_piece_repaired_and_the_job_ends_by_keyboard_alone(
    stack: EmbeddedStack, failed_job: FailedJob, page: Page
) -> None:
    page.goto(f"{stack.web_url}?state=failed")
    tab_to(page, page.locator(f"#job-{failed_job.job_id}"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Castle")).to_be_visible()
    reason = page.get_by_role("region", name="Why it stopped")
    expect(reason).to_contain_text("p00002-s00-e00")
    expect(reason).to_contain_text("SHA-256")
    tab_to(page, page.get_by_role("link", name=re.compile(rf"Pass {BROKEN_PASS} · failed")))
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name="Why it failed")).to_contain_text("p00002-s00-e00")
    failed_job.repair()
    tab_to(page, page.get_by_role("button", name="Queue this pass again"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").filter(has_text="is queued again")).to_be_visible()
    page.evaluate("window.sameDocument = true")
    expect(page.locator("#head .badge", has_text="done")).to_be_visible(timeout=LONG_MS)
    expect(page.get_by_role("region", name="Passes").get_by_text("merged").first).to_be_visible()
    expect(page.get_by_role("region", name="History").first).to_contain_text("Queued again")
    assert page.evaluate("window.sameDocument") is True
    assert failed_job.desk.job(failed_job.job_id).state == "done"
    assert len(failed_job.job.textures()) == 2


def test_the_list_changes_without_a_reload(stack: EmbeddedStack, failed_job: FailedJob, page: Page) -> None:
    page.goto(f"{stack.web_url}?q={failed_job.job_id}")
    row = page.get_by_role("row", name=re.compile(failed_job.job_id))
    expect(row).to_contain_text("failed")
    expect(page.locator("#live")).to_have_text("Live")
    page.evaluate("window.sameDocument = true")
    failed_job.repair()
    failed_job.desk.requeue(failed_job.job_id)
    expect(row).to_contain_text("done", timeout=LONG_MS)
    assert page.evaluate("window.sameDocument") is True


def test_cancelling_asks_first_and_needs_no_javascript(
    stack: EmbeddedStack, failed_job: FailedJob, chromium: Browser
) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{stack.web_url}jobs/{failed_job.job_id}")
    page.get_by_role("button", name="Cancel the job").click()
    expect(page.get_by_role("heading", name="Cancel the job?")).to_be_visible()
    page.get_by_role("link", name="No, go back").click()
    assert failed_job.desk.job(failed_job.job_id).state == "failed"
    page.get_by_role("button", name="Cancel the job").click()
    page.get_by_role("button", name="Yes, cancel the job").click()
    expect(page.get_by_role("status").filter(has_text="is being cancelled")).to_be_visible()

    def is_cancelled() -> bool:
        page.reload()
        return page.locator("#head .badge", has_text="cancelled").is_visible()

    wait_until(is_cancelled, timeout_s=60, what="the page says that the job is cancelled")
    context.close()


def test_everything_that_can_be_used_has_a_name(stack: EmbeddedStack, failed_job: FailedJob, page: Page) -> None:
    job = f"jobs/{failed_job.job_id}"
    for path in ("", job, f"{job}/passes/{BROKEN_PASS}", "farm"):
        page.goto(f"{stack.web_url}{path}")
        expect(page.get_by_role("main")).to_be_visible()
        usable = page.locator(
            "a, button, input:not([type=hidden]), select, img:not([alt='']), progress, [tabindex='0']"
        )
        assert usable.count() > 3
        for element in usable.all():
            expect(element).to_have_accessible_name(SOMETHING)
        assert page.locator("h1").count() == 1
    page.goto(f"{stack.web_url}{job}")
    expect(page.get_by_role("navigation", name="Pages")).to_be_visible()
    expect(page.get_by_role("region", name="Passes").get_by_role("listitem")).to_have_count(4)
    expect(page.get_by_role("progressbar", name=re.compile("merged: 3 of 4"))).to_be_visible()
