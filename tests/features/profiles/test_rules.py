"""What a profile may say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from djplatform.core.errors import InvalidInput
from djplatform.features.profiles import rules


def test_every_field_is_named_with_its_limit() -> None:
    with pytest.raises(InvalidInput) as refused:
        rules.check("x" * 81, "x" * 601, "x" * 81, "somewhere")
    assert set(refused.value.fields) == {"stage_name", "bio", "home_town", "photo"}
    assert "80 characters" in refused.value.fields["stage_name"]
    assert "601" in refused.value.fields["bio"]


@pytest.mark.parametrize("name", ["", "  ", "\u202e", "\x00"])
def test_a_dj_has_a_name(name: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        rules.check(name, "", "", "brand")
    assert set(refused.value.fields) == {"stage_name"}


@given(st.text(), st.text(max_size=2000), st.text(max_size=200), st.sampled_from(rules.PHOTOS))
def test_what_passes_fits_the_table(name: str, bio: str, town: str, photo: str) -> None:
    try:
        text = rules.check(name, bio, town, photo)
    except InvalidInput:
        return
    assert 1 <= len(text.stage_name) <= rules.STAGE_NAME_MOST
    assert len(text.bio) <= rules.BIO_MOST
    assert len(text.home_town) <= rules.HOME_TOWN_MOST
