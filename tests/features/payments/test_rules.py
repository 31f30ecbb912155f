"""The fee engine and the states of a payment, without a database."""

from dataclasses import replace
from datetime import UTC, datetime
from itertools import permutations
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from djplatform.core.ids import new_id
from djplatform.core.money import Money
from djplatform.features.payments.dto import PriceList
from djplatform.features.payments.rules import (
    FeePayer,
    FeePlan,
    LosingPlan,
    NoFeePlan,
    PaymentStatus,
    ProcessorPrice,
    Referrer,
    Sale,
    SourceType,
    UnknownCovering,
    check_activation,
    choose,
    fee_on,
    is_final,
    least_charge,
    may_become,
    project,
    quote,
)

ORGANIZATION = UUID("00000000-0000-7000-8000-0000000000aa")
STANDARD = FeePlan(new_id(), "standard", percent_bp=350, fixed_minor=30)
TONIGHT = datetime(2026, 11, 21, 22, 0, tzinfo=UTC)
TIP = Sale("tipjar", ORGANIZATION, SourceType.TIP, "USD", TONIGHT)

plans = st.builds(
    lambda bp, fixed, least, spread, payer: FeePlan(
        new_id(),
        "any",
        percent_bp=bp,
        fixed_minor=fixed,
        min_minor=least,
        max_minor=None if spread is None else least + spread,
        payer=payer,
    ),
    st.integers(0, 9_000),
    st.integers(0, 5_000),
    st.integers(0, 500),
    st.none() | st.integers(0, 10_000),
    st.sampled_from(FeePayer),
)
amounts = st.integers(1, 10_000_000).map(lambda minor: Money(minor, "USD"))


@pytest.mark.feature(83, 390)
@pytest.mark.parametrize(
    ("minor", "fee"),
    [
        (500, 48),
        (2000, 100),
        (10000, 380),
        (50, 32),
        (999, 65),
        (1000, 65),
        (1001, 65),
        (12345, 462),
        (50000, 1780),
        (30, 30),
        (10, 10),
        (1, 1),
    ],
)
def test_platform_fee_golden_table(minor: int, fee: int):
    assert fee_on(STANDARD, Money(minor, "USD")) == Money(fee, "USD")


@pytest.mark.feature(83)
@given(plans, amounts)
def test_the_fee_is_never_above_the_amount_nor_below_zero(plan: FeePlan, total: Money):
    assert 0 <= fee_on(plan, total).minor <= total.minor


@pytest.mark.feature(105)
def test_a_plan_is_data_with_least_and_most():
    plan = replace(STANDARD, min_minor=100, max_minor=200)
    assert [fee_on(plan, Money(a, "USD")).minor for a in (50, 500, 4000, 100_000)] == [
        50,
        100,
        170,
        200,
    ]


@pytest.mark.feature("B8/tip")
def test_you_pay_five_and_the_dj_gets_four_fifty_two():
    quoted = quote(STANDARD, Money(500, "USD"))
    assert (quoted.total.format(), quoted.net.format()) == ("$5.00", "$4.52")


@pytest.mark.feature("B8/tip")
def test_the_fan_covers_the_fee():
    quoted = quote(STANDARD, Money(500, "USD"), covers_fee=True)
    assert (quoted.total.minor, quoted.fee.minor, quoted.net.minor) == (549, 49, 500)


@given(plans, amounts, st.booleans())
def test_a_quote_loses_no_cent_and_keeps_its_promise(plan: FeePlan, asked: Money, covers: bool):
    quoted = quote(plan, asked, covers_fee=covers)
    assert quoted.fee + quoted.net == quoted.total
    assert quoted.fee == fee_on(plan, quoted.total)
    payer = FeePayer.FAN if covers else plan.payer
    if payer is FeePayer.PAYEE:
        assert quoted.total == asked
    if payer is FeePayer.FAN:
        assert quoted.net >= asked
        if quoted.total > asked:
            less = quoted.total - Money(1, "USD")
            assert less - fee_on(plan, less) < asked
    if payer is FeePayer.SPLIT:
        assert (quoted.total - asked).minor <= quoted.fee.minor // 2 + 1
        assert quoted.total.minor - quoted.fee.minor // 2 >= asked.minor


def test_a_fee_that_eats_everything_cannot_be_covered():
    with pytest.raises(UnknownCovering):
        quote(replace(STANDARD, percent_bp=10_000), Money(500, "USD"), covers_fee=True)


@pytest.mark.feature(105)
def test_the_most_specific_plan_wins_whatever_their_order():
    everyone = replace(STANDARD, id=new_id(), name="everyone")
    brand = replace(STANDARD, id=new_id(), name="brand", product="tipjar")
    source = replace(STANDARD, id=new_id(), name="source", source_type=SourceType.TIP)
    tenant = replace(STANDARD, id=new_id(), name="tenant plan", tenant_plan="pro")
    agreed = replace(STANDARD, id=new_id(), name="agreed", organization_id=ORGANIZATION)
    sale = replace(TIP, tenant_plan="pro")
    ladder = [everyone, brand, source, tenant, agreed]
    for height in range(1, len(ladder) + 1):
        for order in permutations(ladder[:height]):
            assert choose(order, sale).name == ladder[height - 1].name


def test_one_strong_reason_beats_all_the_weaker_ones():
    agreed = replace(STANDARD, name="agreed", organization_id=ORGANIZATION)
    weaker = replace(
        STANDARD,
        name="weaker",
        tenant_plan="pro",
        product="tipjar",
        source_type=SourceType.TIP,
        referrer=Referrer.PAYEE,
        currency="USD",
    )
    sale = replace(TIP, tenant_plan="pro", referrer=Referrer.PAYEE)
    assert choose([weaker, agreed], sale) is agreed
    assert choose([weaker, replace(agreed, organization_id=new_id())], sale) is weaker


@pytest.mark.parametrize(
    "other",
    [
        {"product": "djdash"},
        {"tenant_plan": "pro"},
        {"source_type": SourceType.COURSE},
        {"referrer": Referrer.AFFILIATE},
        {"currency": "EUR"},
        {"organization_id": new_id()},
        {"valid_from": datetime(2027, 1, 1, tzinfo=UTC)},
    ],
)
def test_a_plan_for_something_else_does_not_fit(other: dict[str, object]):
    with pytest.raises(NoFeePlan):
        choose([replace(STANDARD, **other)], TIP)  # pyright: ignore[reportArgumentType]


@pytest.mark.feature(105)
def test_a_newer_plan_follows_an_older_one_from_its_day_on():
    old = replace(STANDARD, name="20 %", percent_bp=2000)
    new = replace(
        STANDARD, name="30 %", percent_bp=3000, valid_from=datetime(2026, 11, 1, tzinfo=UTC)
    )
    assert choose([old, new], TIP) is new
    assert choose([old, new], replace(TIP, at=datetime(2026, 10, 31, tzinfo=UTC))) is old


@pytest.mark.feature("B15")
def test_the_platforms_net_is_shown_at_four_amounts():
    shown = [
        tuple(m.minor for m in (p.asked, p.total, p.processor_cost, p.platform_net, p.payee_net))
        for p in project(STANDARD, "USD")
    ]
    assert shown == [
        (100, 100, 33, 1, 66),
        (500, 500, 45, 3, 452),
        (2000, 2000, 88, 12, 1900),
        (10000, 10000, 320, 60, 9620),
    ]


@pytest.mark.feature("B15")
def test_a_losing_plan_needs_an_explicit_override():
    check_activation(STANDARD, "USD", override=False)
    free = replace(STANDARD, percent_bp=0, fixed_minor=0)
    with pytest.raises(LosingPlan, match=r"-\$0\.33 at \$1\.00.*-\$3\.20 at \$100\.00"):
        check_activation(free, "USD", override=False)
    check_activation(free, "USD", override=True)


@pytest.mark.feature("B15")
def test_a_foreign_card_makes_the_usual_plan_lose():
    with pytest.raises(LosingPlan):
        check_activation(STANDARD, "USD", override=False, price=ProcessorPrice(440, 30))


def test_the_frozen_copy_holds_every_figure_of_the_fee():
    frozen = replace(STANDARD, min_minor=1, max_minor=9).frozen()
    assert frozen == {
        "plan_id": str(STANDARD.id),
        "name": "standard",
        "percent_bp": 350,
        "fixed_minor": 30,
        "min_minor": 1,
        "max_minor": 9,
        "payer": "payee",
        "settlement": "instant",
    }


def test_least_charges():
    assert least_charge("GBP") == Money(30, "GBP")
    assert least_charge("ISK") == Money(50, "ISK")


@given(st.lists(st.sampled_from(PaymentStatus), max_size=12))
def test_a_payment_never_goes_backwards_and_paid_stays_paid(arriving: list[PaymentStatus]):
    status, passed = PaymentStatus.CREATED, [PaymentStatus.CREATED]
    for then in arriving:
        if may_become(status, then):
            status = then
            passed.append(then)
    assert len(set(passed)) == len(passed)
    assert (status is PaymentStatus.PAID) == (PaymentStatus.PAID in arriving)


def test_final_states_end_the_waiting():
    assert [s for s in PaymentStatus if is_final(s)] == [
        PaymentStatus.EXPIRED,
        PaymentStatus.FAILED,
        PaymentStatus.PAID,
    ]
    assert not may_become(PaymentStatus.FAILED, PaymentStatus.EXPIRED)


@pytest.mark.parametrize(
    ("percent", "fixed", "least", "said"),
    [
        (350, 30, 0, "3.5% + £0.30"),
        (290, 0, 0, "2.9%"),
        (0, 20, 0, "£0.20"),
        (0, 0, 0, "£0.00"),
        (250, 0, 50, "2.5%, at least £0.50"),
    ],
)
def test_a_fee_is_said_in_words(percent: int, fixed: int, least: int, said: str) -> None:
    prices = PriceList(percent, Money(fixed, "GBP"), Money(least, "GBP"), ())
    assert prices.terms_text == said
