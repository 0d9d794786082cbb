"""The files people write are read strictly, and every fault is named by its block and key."""

from datetime import time
from pathlib import Path

import pytest

from carrier_backend.config_files import read_merchants, read_products
from carrier_backend.domain.errors import Malformed
from carrier_backend.domain.products import Addon, DayWindow, Direction

PRODUCT = """
[[product]]
shipping_method = "home"
courier = "intigo"
countries = ["TN"]
timezone = "Africa/Tunis"
cutoff = "14:00"
working_days = ["mon", "sat"]
transit_days = [1, 3]
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "some.toml"


def faults_in_products(file: Path, text: str) -> list[str]:
    file.write_text(text)
    with pytest.raises(Malformed) as refused:
        read_products(file)
    return [str(fault) for fault in refused.value.faults]


def test_a_product_has_all_that_was_written(file: Path) -> None:
    file.write_text(
        PRODUCT
        + 'windows = ["09:00-13:00"]\naddons = ["id_check"]\ndirections = ["return"]\npickup_points = true\n'
        + "horizon_days = 3\n[product.options]\nservice = 7\n"
    )
    (product,) = read_products(file)
    assert (product.shipping_method, product.courier, product.countries) == ("home", "intigo", frozenset({"TN"}))
    assert product.calendar.working_days == {0, 5}
    assert product.calendar.windows == (DayWindow(time(9), time(13)),)
    assert product.addons == frozenset({Addon.ID_CHECK})
    assert product.directions == frozenset({Direction.RETURN})
    assert (product.has_pickup_points, product.calendar.horizon_days) == (True, 3)
    assert product.options == {"service": 7}


def test_what_may_be_left_out_has_its_default(file: Path) -> None:
    file.write_text(PRODUCT)
    (product,) = read_products(file)
    assert (product.calendar.windows, product.calendar.horizon_days) == ((), 7)
    assert (product.directions, product.addons) == (frozenset({Direction.OUTBOUND}), frozenset())
    assert (product.has_pickup_points, product.options) == (False, {})


def test_an_unknown_key_is_named_with_its_block(file: Path) -> None:
    assert faults_in_products(file, PRODUCT + 'cutof = "1"') == ["product home.cutof: Unknown field."]


def test_an_unknown_block_is_named(file: Path) -> None:
    assert faults_in_products(file, "[products]\n" + PRODUCT) == ["products: Unknown field."]


def test_the_faults_of_all_blocks_come_together(file: Path) -> None:
    broken = PRODUCT.replace("14:00", "24:30").replace('"home"', '"other"')
    faults = faults_in_products(file, broken + "x = 1\n" + PRODUCT + "y = 1")
    assert [fault.partition(":")[0] for fault in faults] == [
        "product other.cutoff",
        "product other.x",
        "product home.y",
    ]


def test_a_block_without_a_name_is_named_by_its_place(file: Path) -> None:
    faults = faults_in_products(file, PRODUCT.replace('shipping_method = "home"', ""))
    assert faults == ["product 1.shipping_method: Missing data for required field."]


def test_a_shipping_method_is_sold_once(file: Path) -> None:
    assert faults_in_products(file, PRODUCT * 2) == ["product home.shipping_method: stands there twice"]


@pytest.mark.parametrize(
    ("right", "wrong", "field"),
    [
        ('["TN"]', '["tn"]', "countries[0]"),
        ('["TN"]', "[]", "countries"),
        ('"Africa/Tunis"', '"Africa/Carthage"', "timezone"),
        ('"14:00"', '"2 pm"', "cutoff"),
        ('"14:00"', "14", "cutoff"),
        ('"sat"', '"Saturday"', "working_days[1]"),
        ("[1, 3]", "[3, 1]", "transit_days"),
        ("[1, 3]", "[1]", "transit_days"),
        ("[1, 3]", '["1", 3]', "transit_days[0]"),
    ],
)
def test_an_unfit_value_is_named(file: Path, right: str, wrong: str, field: str) -> None:
    (fault,) = faults_in_products(file, PRODUCT.replace(right, wrong))
    assert fault.startswith(f"product home.{field}: ")


@pytest.mark.parametrize("window", ['"13:00-09:00"', '"09:00"', '"09:00-24:00"', "9"])
def test_a_window_ends_after_it_starts(file: Path, window: str) -> None:
    (fault,) = faults_in_products(file, PRODUCT + f"windows = [{window}]")
    assert fault.startswith("product home.windows[0]: ")


@pytest.mark.parametrize("text", ["", "product = 3", "[[product", '"\\ud800"'])
def test_a_file_without_blocks_is_refused(file: Path, text: str) -> None:
    assert len(faults_in_products(file, text)) == 1


def test_a_file_that_is_not_there_is_named(file: Path) -> None:
    with pytest.raises(Malformed, match=r"some\.toml cannot be read: No such file"):
        read_products(file)


def test_merchants_are_named_by_their_shipper_id(file: Path) -> None:
    file.write_text('[[merchant]]\nshipper_id = "shop-1"\nname = "Shop"\nsite = "x"\n')
    with pytest.raises(Malformed) as refused:
        read_merchants(file)
    assert [fault.field for fault in refused.value.faults] == [
        "merchant shop-1.site_id",
        "merchant shop-1.site",
    ]


@pytest.mark.parametrize("name", ["products.toml", "merchants.example.toml"])
def test_the_files_that_come_along_are_right(name: str) -> None:
    read = read_products if name == "products.toml" else read_merchants
    assert read(Path(__file__).parent.parent / "config" / name)
