"""Which commune an address means: real names, as people write them."""

import pytest

from carrier_backend.couriers.ecotrack.centroids import shipped
from carrier_backend.couriers.ecotrack.communes import Clues, Communes
from carrier_backend.couriers.ecotrack.listings import Commune
from carrier_backend.domain.addresses import Address

WILAYAS = {
    1: "Adrar",
    4: "Oum El Bouaghi",
    16: "Alger",
    19: "Sétif",
    28: "M'Sila",
    30: "Ouargla",
    31: "Oran",
    46: "Aïn Témouchent",
    49: "Timimoun",
    55: "Touggourt",
}
LISTED = [
    Commune("Adrar", 1, "01000"),
    Commune("Timimoun", 49, "01001"),
    Commune("Aïn Beïda", 4, "04001"),
    Commune("Ain Beida", 30, "30013"),
    Commune("Oum El Bouaghi", 4, "04000"),
    Commune("Alger Centre", 16, "16000"),
    Commune("Bab Ezzouar", 16, "16024"),
    Commune("Mohammadia", 16, "16058"),
    Commune("Sétif", 19, "19000"),
    Commune("M'Sila", 28, "28000"),
    Commune("Touggourt", 55, "30002"),
    Commune("Ouargla", 30, "30000"),
    Commune("Oran", 31, "31000"),
    Commune("Es Senia", 31, "31005"),
    Commune("Aïn Témouchent", 46, "46000"),
]
COMMUNES = Communes(WILAYAS, LISTED, shipped())


def find(city: str, postal_code: str = "", communes: Communes = COMMUNES) -> Commune:
    return communes.find(Clues.of(Address("DZ", city=city, postal_code=postal_code)))


def refusal(city: str, postal_code: str = "", communes: Communes = COMMUNES) -> str:
    with pytest.raises(ValueError, match=r".") as refused:
        find(city, postal_code, communes)
    return str(refused.value)


@pytest.mark.parametrize("city", ["Aïn Témouchent", "AIN TEMOUCHENT", "aïn-témouchent", "  Ain   Te\u0301mouchent "])
def test_accents_case_and_punctuation_tell_nothing_apart(city: str) -> None:
    assert find(city).name == "Aïn Témouchent"


@pytest.mark.parametrize("city", ["Es Senia", "Es-Sénia", "Essenia", "El Senia", "Sénia"])
def test_the_article_is_written_in_many_ways(city: str) -> None:
    assert find(city).name == "Es Senia"


@pytest.mark.parametrize("city", ["M'Sila", "Msila", "M’sila", "M`SILA"])
def test_every_apostrophe_is_none(city: str) -> None:
    assert find(city).wilaya == 28


@pytest.mark.parametrize(
    "city", ["16000 Alger Centre", "Alger Centre, Alger", "Alger Centre (Alger)", "Alger - Alger Centre"]
)
def test_a_commune_is_found_beside_its_code_or_wilaya(city: str) -> None:
    assert find(city).name == "Alger Centre"


def test_homonyms_are_decided_by_the_postal_code() -> None:
    assert find("Ain Beida", "04001").wilaya == 4
    assert find("Ain Beida", "30013").wilaya == 30


def test_homonyms_are_decided_by_the_wilaya_of_a_code_that_is_not_listed() -> None:
    assert find("Aïn Beïda", "30999").wilaya == 30


def test_homonyms_are_decided_by_the_wilaya_in_the_city() -> None:
    assert find("Aïn Beïda, Ouargla").wilaya == 30
    assert find("Oum El Bouaghi, Aïn Beïda").wilaya == 4


def test_homonyms_alone_are_refused_with_the_wilaya_of_each() -> None:
    assert "Aïn Beïda (wilaya 4, Oum El Bouaghi) or Ain Beida (wilaya 30, Ouargla)" in refusal("AIN BEIDA")


def test_a_homonym_is_refused_with_a_postal_code_of_neither() -> None:
    assert "where the postal code is not 16000" in refusal("Ain Beida", "16000")


def test_a_name_that_an_unserved_wilaya_has_too_is_refused_alone() -> None:
    assert "or a place of that name in another wilaya" in refusal("Mohammadia")  # another one is in Mascara


def test_a_name_that_an_unserved_wilaya_has_too_is_never_taken_for_it() -> None:
    assert find("Mohammadia", "16058").wilaya == 16
    assert "is Mohammadia (wilaya 16, Alger)" in refusal("Mohammadia", "29002")


@pytest.mark.parametrize("postal_code", ["01001", "01099", "49001", ""])
def test_a_wilaya_split_off_later_is_known_by_its_old_codes_and_by_new_ones(postal_code: str) -> None:
    assert find("Timimoun", postal_code).wilaya == 49


def test_a_postal_code_alone_is_looked_up_before_its_digits_are_read() -> None:
    assert find("", "30002") == Commune("Touggourt", 55, "30002")


def test_the_wilaya_of_a_listed_code_is_the_listed_one() -> None:
    communes = Communes({59: "Aflou"}, [Commune("Aflou", 59, "03001"), Commune("Sebgag", 59)], shipped())

    assert find("Sebgag", "03001", communes).wilaya == 59


def test_homonyms_of_a_wilaya_and_one_split_off_are_decided_by_the_listed_code() -> None:
    split = [Commune("Besbes", 7, "07001"), Commune("Besbes", 51, "07044")]
    communes = Communes({7: "Biskra", 51: "Ouled Djellal"}, split, shipped())

    assert find("Besbes", "07044", communes).wilaya == 51
    assert refusal("Besbes", "07999", communes)


def test_a_commune_split_off_is_found_under_the_wilaya_of_old() -> None:
    assert find("Touggourt, Ouargla").wilaya == 55


def test_a_tenant_that_has_not_followed_the_split_is_understood() -> None:
    communes = Communes({1: "Adrar"}, [Commune("Timimoun", 1, "01001")], shipped())

    assert find("Timimoun", "49001", communes).wilaya == 1


def test_a_quarter_that_is_no_commune_is_placed_by_its_postal_code() -> None:
    assert find("Cité Dallas", "19000").name == "Sétif"
    assert find("Cité Dallas, Sétif", "19000").name == "Sétif"


@pytest.mark.parametrize("city", ["Alger", "Algiers", "ALGIERS", "Cité Dallas, Algiers"])
def test_a_wilaya_is_placed_by_its_postal_code(city: str) -> None:
    assert find(city, "16000").name == "Alger Centre"


def test_a_wilaya_by_its_english_name_is_too_wide_like_any() -> None:
    assert "too wide: name the commune in it, such as" in refusal("Algiers")


def test_another_spelling_of_a_commune_does_not_contradict_its_postal_code() -> None:
    assert find("Bab Azzouar", "16024").name == "Bab Ezzouar"


@pytest.mark.parametrize("city", ["Alger", "Es Senia, Alger", "Es Senia"])
def test_a_postal_code_does_not_outweigh_a_city_elsewhere(city: str) -> None:
    assert refusal(city, "19000")


def test_a_postal_code_does_not_outweigh_another_commune_that_is_not_served() -> None:
    assert "is not a place that is served" in refusal("El Eulma", "19000")


def test_a_postal_code_does_not_outweigh_a_place_of_another_wilaya_that_is_not_served() -> None:
    assert "is not a place that is served" in refusal("Tamalous", "16000")  # in Skikda
    assert refusal("Tamalous, Alger", "16000")


@pytest.mark.parametrize(
    "city", ["Bab Ezzouar Alger", "Bab-Ezzouar-Alger", "Commune de Bab Ezzouar", "Cité Es-Sénia", "Ville d'Oran, Alger"]
)
def test_a_postal_code_does_not_outweigh_another_commune_among_the_words(city: str) -> None:
    assert refusal(city, "16000")


@pytest.mark.parametrize(
    "city", ["Alger Centre Ville", "Commune d'Alger Centre", "Wilaya d’Alger", "Cité Dallas Alger"]
)
def test_words_beside_the_commune_of_a_postal_code_do_not_contradict_it(city: str) -> None:
    assert find(city, "16000").name == "Alger Centre"


@pytest.mark.parametrize("longer", ["Ouled Beïda", "Beïda Zerga"])
def test_of_a_name_inside_another_only_the_longer_counts(longer: str) -> None:
    communes = Communes(WILAYAS, [Commune(longer, 16, "16099"), Commune("Beïda", 31)], shipped())

    assert find(f"Cité {longer}", "16099", communes).name == longer


def test_a_postal_code_may_stand_before_the_city() -> None:
    assert find("16000 Alger").name == "Alger Centre"
    assert "where the postal code is not 16000" in refusal("16000 Oran")


def test_two_postal_codes_decide_nothing() -> None:
    assert refusal("", "16000 / 31000") == "is needed, to know where this is"


def test_a_postal_code_of_two_communes_decides_nothing() -> None:
    communes = Communes(WILAYAS, [Commune("Adrar", 1, "01000"), Commune("Timimoun", 49, "01000")], shipped())

    assert "Adrar (wilaya 1, Adrar) or Timimoun (wilaya 49, Timimoun)" in refusal("", "01000", communes)


def test_a_tenants_own_number_is_no_postal_code() -> None:
    communes = Communes(WILAYAS, [Commune("Bab Ezzouar", 16, "1621")], shipped())

    assert refusal("", "1621", communes) == "is needed, to know where this is"


def test_how_a_name_begins_decides_nothing() -> None:
    assert refusal("Bab")
    assert refusal("Bab Ezzouar Ville")


def test_a_name_that_is_nearly_right_is_suggested_with_its_wilaya() -> None:
    assert "did you mean Bab Ezzouar (wilaya 16, Alger)?" in refusal("Bab Ezzouwar")


def test_a_suggestion_lies_in_the_wilaya_that_was_told() -> None:
    assert "did you mean" not in refusal("Bab Ezzouwar, Oran")


def test_a_wilaya_alone_is_too_wide() -> None:
    advice = refusal("Alger")

    assert advice.startswith("'Alger' is too wide")
    assert advice.count("wilaya 16") == 3


def test_a_name_beside_its_wilaya_is_not_overlooked() -> None:
    assert refusal("El Eulma, Sétif")


def test_two_communes_in_one_city_decide_nothing() -> None:
    assert "may be Bab Ezzouar (wilaya 16, Alger) or Es Senia (wilaya 31, Oran)" in refusal("Bab Ezzouar, Es Senia")


@pytest.mark.parametrize("city", ["", "  ", "-", ","])
def test_no_place_at_all_is_asked_for(city: str) -> None:
    assert refusal(city) == "is needed, to know where this is"


def test_communes_of_a_wilaya_that_is_not_active_are_not_served() -> None:
    communes = Communes({31: "Oran"}, LISTED, shipped())

    assert refusal("Timimoun", "01001", communes)


def test_an_article_tells_two_communes_of_one_wilaya_apart() -> None:
    communes = Communes(WILAYAS, [Commune("El Kerma", 31), Commune("Kerma", 31)], shipped())

    assert find("el kerma", communes=communes).name == "El Kerma"


def test_an_article_does_not_tell_communes_of_two_wilayas_apart() -> None:
    communes = Communes(WILAYAS, [Commune("El Kerma", 31), Commune("Kerma", 16)], shipped())

    assert "El Kerma (wilaya 31, Oran) or Kerma (wilaya 16, Alger)" in refusal("el kerma", communes=communes)
