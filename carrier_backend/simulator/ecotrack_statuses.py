"""Ecotrack's two vocabularies for what becomes of a parcel, and how one goes with the other.

A status is what get/orders and get/orders/status say, in the order of the document's list; an activity is a line of
get/tracking/info. Not every status leaves one.
"""

from collections.abc import Mapping

DRAFT = "prete_a_expedier"
AWAITING_COLLECTION = "en_ramassage"
TO_THE_HUB = "vers_hub"
IN_DELIVERY = "en_livraison"
PUT_OFF = "suspendu"
REMARKED = "notification_on_order"
VALIDATED = "order_information_received_by_carrier"
ARCHIVED = frozenset({"paye_et_archive", "retour_archive"})

ACTIVITIES: Mapping[str, str | None] = {
    DRAFT: None,
    AWAITING_COLLECTION: None,
    "en_preparation_stock": None,
    TO_THE_HUB: "picked",
    "en_hub": "accepted_by_carrier",
    "vers_wilaya": None,
    "en_preparation": "accepted_by_carrier",
    IN_DELIVERY: "dispatched_to_driver",
    PUT_OFF: "attempt_delivery",
    "livre_non_encaisse": "livred",
    "encaisse_non_paye": "encaissed",
    "paiements_prets": None,
    "paye_et_archive": "payed",
    "retour_chez_livreur": "return_asked",
    "retour_transit_entrepot": "return_in_transit",
    "retour_en_traitement": None,
    "retour_recu": "Return_received",
    "retour_archive": None,
    "annule": None,
}
