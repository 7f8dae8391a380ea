"""The pages that URLs are given for."""

from localemr.applications import applications
from localemr.emr.app_uis import PAGES


def test_every_page_is_one_that_an_application_serves() -> None:
    served = {page.name for application in applications().values() for page in application.web_uis}
    assert {name for name, _ in PAGES.values()} <= served
