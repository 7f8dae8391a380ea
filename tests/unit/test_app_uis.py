"""The pages that URLs are given for."""

from collections import Counter

from localemr.applications import applications
from localemr.emr.app_uis import _PERSISTENT

NOT_SERVED = {"TezUI", "YarnTimelineService"}


def test_each_type_of_application_ui_is_one_page() -> None:
    kinds = Counter(kind for each in applications().values() for page in each.web_uis for kind in page.kinds)
    assert set(kinds.values()) == {1}
    assert set(_PERSISTENT.values()) - NOT_SERVED <= kinds.keys()
    assert {"ResourceManager", "ApplicationMaster", "JobHistoryServer"} <= kinds.keys()
